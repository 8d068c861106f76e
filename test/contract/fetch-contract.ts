import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { FetchPartition, FetchRequest, FetchResponse, KafkaCalls } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'

/** A topic of three partitions, with a record in each, on a cluster to which requests are sent directly. */
export interface FetchTrial {
  readonly calls: KafkaCalls
  readonly topic: string
  /** by which it is asked for; null: it is by name */
  readonly topicId: string | null
  readonly append: (partition: number) => Promise<void>
  /** Deletes the topic and makes it again, with nothing in it. */
  readonly recreate: () => Promise<void>
}

export interface FetchRule {
  readonly name: string
  readonly run: (trial: FetchTrial) => Promise<void>
}

export const answerOf = async <A>(step: Step<A>): Promise<A> => {
  const answer = await firstValueFrom(step)
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right
}

type Told = Pick<FetchRequest, 'session'> & Partial<FetchRequest>

export const reader = async ({
  calls,
  topic,
  topicId
}: FetchTrial): Promise<(told: Told) => Promise<FetchResponse>> => {
  const { topics } = await answerOf(calls.metadata([topic]))
  const node = topics[0]?.partitions[0]?.leader ?? -1
  return (told) =>
    answerOf(
      calls.fetch(node, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1_000_000,
        isolation: 'read_uncommitted',
        rack: '',
        partitions: [],
        forgotten: [],
        byTopicId: topicId !== null,
        ...told
      })
    )
}

export const at = ({ topic, topicId }: FetchTrial, partition: number, offset: bigint): FetchPartition => ({
  topic,
  topicId,
  partition,
  offset,
  leaderEpoch: -1,
  maxBytes: 1_000_000
})

export const begin = { id: 0, epoch: 0 }

/** Partition, code, and whether there are records. */
export const named = ({ partitions }: FetchResponse): readonly unknown[] =>
  partitions.map((one) => [one.partition, one.code, (one.records?.length ?? 0) > 0]).sort()

/** What this library relies on in fetch sessions. */
export const fetchContract: readonly FetchRule[] = [
  {
    name: 'a session goes on with what it was told, and answers only that of which there is news',
    run: async (trial) => {
      const fetch = await reader(trial)
      const three = [0, 1, 2].map((partition) => at(trial, partition, 1n))
      const full = await fetch({ session: begin, partitions: three })
      expect(full.sessionId).not.toBe(0)
      expect(named(full)).toEqual([0, 1, 2].map((partition) => [partition, code.NONE, false]))
      const session = (epoch: number): FetchRequest['session'] => ({ id: full.sessionId, epoch })
      const idle = await fetch({ session: session(1) })
      expect([idle.sessionId, named(idle)]).toEqual([full.sessionId, []])
      await trial.append(1)
      expect(named(await fetch({ session: session(2) }))).toEqual([[1, code.NONE, true]])
      // It is read at the same offset for as long as no other is asked for.
      expect(named(await fetch({ session: session(3) }))).toEqual([[1, code.NONE, true]])
      expect(named(await fetch({ session: session(4), partitions: [at(trial, 1, 2n)] }))).toEqual([])
      expect(named(await fetch({ session: session(5), partitions: [at(trial, 1, 0n)] }))).toEqual([
        [1, code.NONE, true]
      ])
    }
  },
  {
    name: 'what is forgotten is not answered, and is told of anew when it comes back',
    run: async (trial) => {
      const fetch = await reader(trial)
      const { sessionId: id } = await fetch({ session: begin, partitions: [at(trial, 0, 1n), at(trial, 1, 1n)] })
      await trial.append(1)
      expect(named(await fetch({ session: { id, epoch: 1 }, forgotten: [at(trial, 1, 1n)] }))).toEqual([])
      const back = [at(trial, 1, 2n)]
      expect(named(await fetch({ session: { id, epoch: 2 }, partitions: back }))).toEqual([[1, code.NONE, false]])
    }
  },
  {
    name: 'an error is reported again as long as it lasts, and its end too',
    run: async (trial) => {
      const fetch = await reader(trial)
      const { sessionId: id } = await fetch({ session: begin, partitions: [at(trial, 0, 1n), at(trial, 1, 9n)] })
      const session = (epoch: number): FetchRequest['session'] => ({ id, epoch })
      const refused = [[1, code.OFFSET_OUT_OF_RANGE, false]]
      expect(named(await fetch({ session: session(1) }))).toEqual(refused)
      expect(named(await fetch({ session: session(2) }))).toEqual(refused)
      const good = [at(trial, 1, 1n)]
      expect(named(await fetch({ session: session(3), partitions: good }))).toEqual([[1, code.NONE, false]])
      expect(named(await fetch({ session: session(4) }))).toEqual([])
    }
  },
  {
    name: 'a session that is not known, or is elsewhere, is refused, and one in its place is given',
    run: async (trial) => {
      const fetch = await reader(trial)
      const partitions = [at(trial, 0, 1n)]
      const { sessionId: id } = await fetch({ session: begin, partitions })
      expect((await fetch({ session: { id, epoch: 2 } })).code).toBe(code.INVALID_FETCH_SESSION_EPOCH)
      const other = await fetch({ session: { id, epoch: 0 }, partitions })
      expect([other.code, other.sessionId === id, named(other).length]).toEqual([code.NONE, false, 1])
      expect((await fetch({ session: { id, epoch: 1 } })).code).toBe(code.FETCH_SESSION_ID_NOT_FOUND)
      expect((await fetch({ session: { id: other.sessionId, epoch: 1 } })).code).toBe(code.NONE)
    }
  },
  {
    name: 'epoch -1 ends a session, and does without one',
    run: async (trial) => {
      const fetch = await reader(trial)
      const partitions = [at(trial, 0, 0n)]
      const { sessionId: id } = await fetch({ session: begin, partitions })
      const last = await fetch({ session: { id, epoch: -1 }, partitions })
      expect([last.sessionId, named(last)]).toEqual([0, [[0, code.NONE, true]]])
      expect((await fetch({ session: { id, epoch: 1 } })).code).toBe(code.FETCH_SESSION_ID_NOT_FOUND)
    }
  },
  {
    name: 'a request beside a session is answered while that waits, and the session knows nothing of it',
    run: async (trial) => {
      const fetch = await reader(trial)
      const { sessionId: id } = await fetch({ session: begin, partitions: [at(trial, 0, 1n), at(trial, 1, 1n)] })
      let waits = true
      const poll = fetch({ session: { id, epoch: 1 }, maxWaitMs: 10_000, minBytes: 1 }).then((answer) => {
        waits = false
        return answer
      })
      const beside = await fetch({ session: { id: 0, epoch: -1 }, minBytes: 1, partitions: [at(trial, 2, 0n)] })
      expect([beside.sessionId, named(beside), waits]).toEqual([0, [[2, code.NONE, true]], true])
      await trial.append(1)
      expect(named(await poll)).toEqual([[1, code.NONE, true]])
      expect((await fetch({ session: { id, epoch: 2 } })).code).toBe(code.NONE)
    }
  }
]
