import { left, right } from 'fp-ts/lib/Either.js'
import { NEVER, Observable, of } from 'rxjs'
import { crc32c } from '../../src/core/records/crc32c.js'
import type { Decompress } from '../../src/core/records/decompress.js'
import { BrokerModel } from '../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../src/sources/memory/memory-calls.js'
import type { Cluster } from '../../src/index.js'
import type { KafkaCalls } from '../../src/ports/kafka-calls.js'
import { creatingTopics } from '../../src/ports/creating-topics.js'
import { openSession } from '../../src/engine/open-session.js'
import { plainRecord } from './record-runs.js'
import { VirtualClock } from './virtual-clock.js'

/** A cluster in virtual time of which a test sees, and may change, every request of a consumer and every answer. */
export interface TappedCluster {
  readonly clock: VirtualClock
  readonly model: BrokerModel
  readonly cluster: Cluster
  readonly produce: (partition: number, ...values: readonly string[]) => void
}

const nothingIsCompressed: Decompress = (codec) =>
  left(
    codec === 'gzip'
      ? { _tag: 'corrupt', reason: 'nothing is compressed here' }
      : { _tag: 'missing', codec, install: `the package for ${codec}` }
  )

export const tappedCluster = (
  partitions: number,
  tap: (calls: KafkaCalls, clock: VirtualClock) => Partial<KafkaCalls>,
  decompress: Decompress = nothingIsCompressed
): TappedCluster => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('orders', partitions)
  const random = (): number => 0.5
  const cluster: Cluster = {
    _tag: 'Cluster',
    clock,
    random,
    events: NEVER,
    [Symbol.asyncDispose]: () => Promise.resolve(),
    openConsumer: (settings, handlers) => {
      const calls = memoryCalls(model)
      return openSession({
        calls: { ...calls, ...tap(calls, clock) },
        clock,
        random,
        settings,
        handlers,
        checksum: crc32c,
        decompress
      })
    },
    openShareConsumer: () => {
      throw new Error('members are of no share group here')
    },
    openTransactions: () => {
      throw new Error('nothing is written in transactions here')
    },
    openProducer: () => {
      throw new Error('nothing is produced here')
    },
    ...creatingTopics(() => of(right(undefined))),
    admin: () => {
      throw new Error('nothing is administered here')
    }
  }
  const produce = (partition: number, ...values: readonly string[]): void => {
    for (const value of values) model.append({ topic: 'orders', partition }, [plainRecord(value)])
  }
  return { clock, model, cluster, produce }
}

/** An answer that comes so much later. */
export const slowAnswer = <A>(clock: VirtualClock, ms: number, answer: Observable<A>): Observable<A> =>
  new Observable((subscriber) =>
    answer.subscribe((value) => {
      const give = (): void => {
        subscriber.next(value)
        subscriber.complete()
      }
      subscriber.add(clock.schedule(ms, give))
    })
  )

/** The calls of a group whose coordinator answers so much later. */
export const slowGroup = (calls: KafkaCalls, clock: VirtualClock, ms: number): Partial<KafkaCalls> => ({
  joinGroup: (request) => slowAnswer(clock, ms, calls.joinGroup(request)),
  syncGroup: (request) => slowAnswer(clock, ms, calls.syncGroup(request)),
  heartbeat: (member) => slowAnswer(clock, ms, calls.heartbeat(member)),
  describeGroup: (groupId) => slowAnswer(clock, ms, calls.describeGroup(groupId)),
  leaveGroup: (request) => slowAnswer(clock, ms, calls.leaveGroup(request))
})
