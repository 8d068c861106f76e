import type { AdminSteps } from './admin-steps.js'
import type { KafkajsClient } from './kafkajs-client.js'
import type { OwnAdminCalls } from './own-admin-calls.js'

/** How an admin call reaches the cluster: by kafkajs or by our own requests, as a step with a deadline. */
export interface AdminClients {
  readonly step: AdminSteps['step']
  readonly kafkajs: KafkajsClient
  readonly own: OwnAdminCalls
}
