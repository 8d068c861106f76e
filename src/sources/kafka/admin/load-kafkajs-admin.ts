import type { Admin as KafkajsAdmin } from 'kafkajs'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { ownRequire } from '../../../internal/own-require.js'
import type { Clock } from '../../../model/clock.js'
import { currentTls } from '../network/current-tls.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import { locatedBrokers } from '../network/located-brokers.js'
import { kafkajsConfig } from './kafkajs-config.js'

type Kafkajs = typeof import('kafkajs')

/** kafkajs's admin client with our settings. The package is loaded only here. */
export const loadKafkajsAdmin = async (
  settings: ConnectionSettings,
  clock: Clock,
  secrets: KnownSecrets
): Promise<KafkajsAdmin> => {
  // If `import` fails, as in Jest's CommonJS, `require` loads it.
  const loaded = (await import('kafkajs').catch(() => ownRequire('kafkajs'))) as Kafkajs & {
    readonly default?: Kafkajs
  }
  const { Kafka } = loaded.default ?? loaded
  const brokers = await locatedBrokers(settings, clock)
  const tls = await currentTls(settings.tls, clock, settings.connectionTimeoutMs, secrets)
  return new Kafka(kafkajsConfig({ ...settings, brokers, tls }, clock, secrets)).admin()
}
