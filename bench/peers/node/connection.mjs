// How each client in Node connects: plainly, or by TLS with SASL where BENCH_SECURITY says as whom.
import { env } from 'node:process'

const security = env.BENCH_SECURITY === undefined ? null : JSON.parse(env.BENCH_SECURITY)

/** Properties of ackstream's `kafka`. */
export const ackstreamProperties = (brokers, { user, password, certificate } = security ?? {}) => ({
  'bootstrap.servers': brokers,
  ...(user === undefined
    ? {}
    : {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'PLAIN',
        'sasl.username': user,
        'sasl.password': password,
        'ssl.ca.pem': certificate
      })
})

/** Options of kafkajs's `Kafka`. */
export const kafkajsOptions = (brokers) => ({
  brokers: brokers.split(','),
  ...(security === null
    ? {}
    : {
        ssl: { ca: security.certificate },
        sasl: { mechanism: 'plain', username: security.user, password: security.password }
      })
})

/** Options of a client of @platformatic/kafka. */
export const platformaticOptions = (brokers) => ({
  clientId: 'bench',
  bootstrapBrokers: brokers.split(','),
  ...(security === null
    ? {}
    : {
        tls: { ca: security.certificate },
        sasl: { mechanism: 'PLAIN', username: security.user, password: security.password }
      })
})
