import type { Admin as KafkajsAdmin } from 'kafkajs'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { realClock } from '../../../internal/real-clock.js'
import type { AdminProperties, EitherAdmin } from '../../../ports/admin.js'
import type { Rim } from '../network/broker-links.js'
import { KnownSecrets } from '../sasl/known-secrets.js'
import { AdminSteps } from './admin-steps.js'
import { describeCluster } from './describe-cluster.js'
import { kafkaConfigAdmin } from './kafka-config-admin.js'
import { kafkaGroupAdmin } from './kafka-group-admin.js'
import { kafkaShareAdmin } from './kafka-share-admin.js'
import { kafkaTopicAdmin } from './kafka-topic-admin.js'
import { KafkajsClient } from './kafkajs-client.js'
import { OwnAdminCalls } from './own-admin-calls.js'

/**
 * The admin client of a real cluster. Most of it is kafkajs's admin client, which is loaded by the first call that needs it.
 * What that lacks, or does differently from Java's client, is sent over our own connections (`OwnAdminCalls`).
 */
export const kafkaAdmin = (
  connection: ConnectionSettings,
  rim: Partial<Rim>,
  kafkajsAdmin: (secrets: KnownSecrets) => Promise<KafkajsAdmin>,
  properties: AdminProperties = {}
): EitherAdmin => {
  const { clock = realClock, secrets = rim.pool?.secrets ?? new KnownSecrets() } = rim
  const hide = (text: string): string => secrets.hide(text)
  const limitMs = properties['default.api.timeout.ms'] ?? 60_000
  const settings = { ...connection, requestTimeoutMs: Math.min(connection.requestTimeoutMs, limitMs) }
  const own = new OwnAdminCalls(settings, clock, rim)
  // By our own connection first: it says why there is none, to the cluster's events too.
  const reached = async (): Promise<KafkajsAdmin> => {
    await own.withLinks((links) => links.metadata([]))
    return kafkajsAdmin(secrets)
  }
  const kafkajs = new KafkajsClient(reached, clock, limitMs)
  const { step, close } = new AdminSteps(clock, limitMs, hide, () => {
    kafkajs.close()
    own.close()
  })
  const clients = { step, kafkajs, own }
  return {
    describeCluster: () => step({ api: 'DescribeCluster' }, () => own.withLinks(describeCluster)),
    ...kafkaTopicAdmin(clients, settings, hide),
    ...kafkaGroupAdmin(clients),
    ...kafkaShareAdmin(clients),
    ...kafkaConfigAdmin(clients),
    close
  }
}
