import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { ConsumerError } from '../../src/index.js'
import { produceCalls } from '../../src/sources/kafka/produce-calls.js'

/** Writes batches as they are: what a broker takes need not be what a producer would send. */
export interface RawProducer {
  /** Rejects where the broker refuses it. */
  readonly produce: (topic: string, partition: number, bytes: Uint8Array) => Promise<void>
  readonly close: () => void
}

/** UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER */
const moving: ReadonlySet<number> = new Set([3, 6])

export const rawProducer = (brokers: string): RawProducer => {
  const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const calls = produceCalls(settings.right, { requestTimeoutMs: 60_000 })
  return {
    produce: async (topic, partition, bytes) => {
      for (;;) {
        const metadata = await firstValueFrom(calls.metadata([topic]))
        if (isLeft(metadata)) throw new ConsumerError(metadata.left)
        const leader = metadata.right.topics[0]?.partitions.find((one) => one.partition === partition)?.leader
        // Brokers hear of a new topic one after the other.
        if (leader === undefined || leader < 0) continue
        const batches = [{ topic, partition, bytes }]
        const answer = await firstValueFrom(
          calls.produce(leader, { transaction: null, acks: 'all', timeoutMs: 60_000, batches })
        )
        if (isLeft(answer)) throw new ConsumerError(answer.left.fault)
        const code = answer.right[0]?.code ?? -1
        if (code === 0) return
        if (!moving.has(code)) throw new Error(`refused with code ${String(code)}: ${answer.right[0]?.message ?? ''}`)
      }
    },
    close: () => {
      calls.close()
    }
  }
}
