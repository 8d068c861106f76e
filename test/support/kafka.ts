import { describe, inject } from 'vitest'

let number = 0

/** A suite on real Kafka; without one it is skipped, which the setup has said loudly. */
export const describeKafka = (name: string, suite: (brokers: string) => void): void => {
  const brokers = inject('kafkaBrokers')
  describe.skipIf(brokers === null)(name, () => {
    suite(brokers ?? '')
  })
}

/** A topic or group of its own for each test. */
export const uniqueName = (prefix: string): string =>
  `${prefix}-${String(process.pid)}-${String(Date.now())}-${String(number++)}`
