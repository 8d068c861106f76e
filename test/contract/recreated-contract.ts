import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { answerOf, at, begin, type FetchRule, type FetchTrial, named, reader } from './fetch-contract.js'

const idOf = async ({ calls, topic }: FetchTrial): Promise<string | null> =>
  (await answerOf(calls.metadata([topic]))).topics[0]?.topicId ?? null

/** What this library relies on where a topic is deleted and made again under its name. */
export const recreatedContract: readonly FetchRule[] = [
  {
    name: 'it has another id, and its leader epochs begin anew',
    run: async (trial) => {
      const { calls, topic } = trial
      const former = await idOf(trial)
      await trial.recreate()
      const [described] = (await answerOf(calls.metadata([topic]))).topics
      expect(described?.topicId).not.toBe(former)
      expect(described?.topicId).not.toBeNull()
      expect(described?.partitions.map(({ leaderEpoch }) => leaderEpoch)).toEqual([0, 0, 0])
    }
  },
  {
    name: 'a fetch by its former id is refused, within a session and without one; by name it reads the new topic',
    run: async (trial) => {
      const byId = { ...trial, topicId: await idOf(trial) }
      const fetch = await reader(byId)
      const { sessionId: id } = await fetch({ session: begin, partitions: [at(byId, 0, 1n)] })
      await trial.recreate()
      await trial.append(0)
      expect(named(await fetch({ session: { id, epoch: 1 } }))).toEqual([[0, code.INCONSISTENT_TOPIC_ID, false]])
      const beside = await fetch({ session: { id: 0, epoch: -1 }, partitions: [at(byId, 0, 0n)] })
      expect(named(beside)).toEqual([[0, code.UNKNOWN_TOPIC_ID, false]])
      const byName = await (await reader(trial))({ session: { id: 0, epoch: -1 }, partitions: [at(trial, 0, 0n)] })
      expect(named(byName)).toEqual([[0, code.NONE, true]])
      // The session goes on with the new topic in place of the former one.
      const now = { ...trial, topicId: await idOf(trial) }
      const moved = await fetch({
        session: { id, epoch: 2 },
        partitions: [at(now, 0, 0n)],
        forgotten: [at(byId, 0, 1n)]
      })
      expect([moved.sessionId, named(moved)]).toEqual([id, [[0, code.NONE, true]]])
    }
  },
  {
    name: 'a session that goes by ids takes no request that goes by names',
    run: async (trial) => {
      const byId = { ...trial, topicId: await idOf(trial) }
      const { sessionId: id } = await (await reader(byId))({ session: begin, partitions: [at(byId, 0, 1n)] })
      const other = await (await reader(trial))({ session: { id, epoch: 1 }, partitions: [at(trial, 1, 1n)] })
      expect(other.code).toBe(code.FETCH_SESSION_TOPIC_ID_ERROR)
    }
  },
  {
    name: 'a long poll does not outlast the topic that it reads',
    run: async (trial) => {
      const byId = { ...trial, topicId: await idOf(trial) }
      const fetch = await reader(byId)
      const poll = fetch({
        session: { id: 0, epoch: -1 },
        maxWaitMs: 60_000,
        minBytes: 1,
        partitions: [at(byId, 0, 1n)]
      })
      await trial.recreate()
      expect(named(await poll).map((one) => (one as readonly unknown[])[2])).toEqual([false])
    }
  },
  {
    name: 'what a group had stored of it is gone',
    run: async (trial) => {
      const { calls, topic } = trial
      const place = { topic, partition: 0 }
      const group = `g-${topic}`
      const alone = { groupId: group, generation: -1, memberId: '', groupInstanceId: null }
      const offsets = [{ ...place, offset: 1n, leaderEpoch: 0, metadata: '' }]
      // The first of its groups is what a broker makes the topic of offsets for.
      while (await firstValueFrom(calls.offsetCommit({ ...alone, offsets })).then(isLeft)) continue
      await trial.recreate()
      const stored = async (): Promise<unknown> =>
        (await answerOf(calls.offsetFetch(group, [place]))).offsets.map(({ offset }) => offset)
      // They go a little later than the topic.
      await expect.poll(stored, { timeout: 60_000 }).toEqual([-1n])
    }
  },
  {
    name: 'what a group has stored is not given for its former id by a coordinator that goes by ids, and is found by the new one',
    run: async (trial) => {
      const { calls, topic } = trial
      const former = await idOf(trial)
      await trial.recreate()
      const stored = async (topicId: string | null): Promise<unknown> => {
        const answer = await firstValueFrom(calls.offsetFetch(`g-${topic}`, [{ topic, topicId, partition: 0 }]))
        return isLeft(answer) ? [] : answer.right.offsets.map((one) => [one.code, one.offset])
      }
      const none = [[code.NONE, -1n]]
      // The coordinator hears of the new topic a little later than it is made.
      await expect.poll(async () => stored(await idOf(trial)), { timeout: 60_000 }).toEqual(none)
      expect([[[code.UNKNOWN_TOPIC_ID, -1n]], none]).toContainEqual(await stored(former))
    }
  },
  {
    name: 'an epoch that the leader has not reached has no end',
    run: async (trial) => {
      const { calls, topic } = trial
      const { topics } = await answerOf(calls.metadata([topic]))
      const node = topics[0]?.partitions[0]?.leader ?? -1
      const asked = { topic, partition: 0, currentLeaderEpoch: 0, leaderEpoch: 7 }
      const ends = await answerOf(calls.offsetForLeaderEpoch(node, [asked]))
      expect(ends).toEqual([{ topic, partition: 0, code: code.NONE, leaderEpoch: -1, endOffset: -1n }])
    }
  }
]
