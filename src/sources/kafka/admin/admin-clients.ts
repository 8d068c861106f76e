import type { AdminSteps } from './admin-steps.js'
import type { KafkajsClient } from './kafkajs-client.js'
import type { OwnAdminCalls } from './own-admin-calls.js'

/** The ways of an admin call to the cluster: kafkajs or our own requests, each as a step with a deadline. */
export interface AdminClients {
  readonly step: AdminSteps['step']
  readonly kafkajs: KafkajsClient
  readonly own: OwnAdminCalls
}
