import { expect } from 'vitest'
import type { TransactionVersion } from '../../src/ports/kafka-calls.js'
import { answered } from '../support/answered.js'
import {
  type TransactionRig,
  itself,
  ownCode,
  nobody,
  Writer,
  begun,
  values,
  completed,
  storedOffset,
  settledOffset
} from '../support/transaction-writer.js'

interface Rule {
  readonly name: string
  /** left out: under both */
  readonly only?: TransactionVersion
  readonly run: (rig: TransactionRig) => Promise<void>
}

/** The rules of transactions that this library relies on, asked of every cluster. */
const transactionContract: readonly Rule[] = [
  {
    name: 'gives an id the same producer id each time, with a higher epoch',
    run: async (rig) => {
      const one = await begun(rig)
      const other = await begun(rig)
      expect(one.who.epoch).toBe(0)
      expect(other.who).toEqual({ ...one.who, epoch: 1 })
      expect(await one.init(one.who)).toBe('PRODUCER_FENCED')
      expect(await other.init(other.who)).toBe('NONE')
      expect(other.who.epoch).toBe(2)
    }
  },
  {
    name: 'gives an epoch again to whoever has not heard of it',
    run: async (rig) => {
      const one = await begun(rig)
      const again = new Writer(rig)
      expect(await again.init(one.who)).toBe('NONE')
      expect(await one.init(one.who)).toBe('NONE')
      expect(one.who).toEqual(again.who)
      expect(one.who.epoch).toBe(1)
    }
  },
  {
    name: 'refuses times that no transaction may take',
    run: async (rig) => {
      expect(await new Writer(rig).init(nobody, 0)).toBe('INVALID_TRANSACTION_TIMEOUT')
      expect(await new Writer(rig).init(nobody, 900_001)).toBe('INVALID_TRANSACTION_TIMEOUT')
    }
  },
  {
    name: 'shows nothing of a transaction before it is committed, and then all',
    run: async (rig) => {
      const one = await begun(rig)
      await one.put(0, 'a')
      await one.put(1, 'b')
      await one.put(0, 'c')
      expect(await values(rig)).toEqual([])
      expect(await values(rig, 'read_uncommitted')).toEqual(['a', 'c', 'b'])
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['a', 'c', 'b'])
    }
  },
  {
    name: 'hides what was aborted, and shows what comes after it',
    run: async (rig) => {
      const one = await begun(rig)
      await one.put(0, 'a')
      expect(await one.end('abort')).toBe('NONE')
      await one.put(0, 'b')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['b'])
      expect(await values(rig, 'read_uncommitted')).toEqual(['a', 'b'])
    }
  },
  {
    name: 'holds back what others write behind an open transaction',
    run: async (rig) => {
      const one = await begun(rig)
      const other = await begun({ ...rig, transactionalId: `${rig.transactionalId}-other` })
      await one.put(0, 'a')
      await other.put(0, 'b')
      expect(await other.end('commit')).toBe('NONE')
      expect(await values(rig)).toEqual([])
      expect(await one.end('abort')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['b'])
    }
  },
  {
    name: 'each end gives a new epoch, under which numbers begin at 0',
    only: 2,
    run: async (rig) => {
      const one = await begun(rig)
      for (const [epoch, end] of ['commit', 'abort', 'commit'].entries()) {
        expect(one.who.epoch).toBe(epoch)
        await one.put(0, end)
        expect(await one.end(end as 'commit')).toBe('NONE')
      }
      expect(one.who.epoch).toBe(3)
      await completed(rig)
      expect(await values(rig)).toEqual(['commit', 'commit'])
    }
  },
  {
    name: 'the epoch stays over an end, and so do the numbers',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      for (const value of ['a', 'b']) {
        await one.put(0, value)
        expect(await one.end('commit')).toBe('NONE')
      }
      expect(one.who.epoch).toBe(0)
      await completed(rig)
      expect(await values(rig)).toEqual(['a', 'b'])
    }
  },
  {
    name: 'refuses what comes late under the epoch of a transaction that has ended',
    only: 2,
    run: async (rig) => {
      const one = await begun(rig)
      const late = await begun({ ...rig, transactionalId: `${rig.transactionalId}-unused` })
      late.who = one.who
      await one.put(0, 'a')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await late.write(0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await late.write(1, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await late.commitOffset(1n)).toBe('INVALID_PRODUCER_EPOCH')
      await one.put(0, 'b')
      expect(await late.write(0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['a', 'b'])
    }
  },
  {
    name: 'answers an end that is asked for again as it did the first time',
    run: async (rig) => {
      const one = await begun(rig)
      const again = new Writer(rig)
      await one.put(0, 'a')
      again.who = one.who
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      const { who } = again
      expect(await again.end('commit')).toBe('NONE')
      expect(again.who).toEqual(one.who)
      again.who = who
      expect(await again.end('abort')).toBe('INVALID_TXN_STATE')
    }
  },
  {
    name: 'has nothing to commit where nothing was written',
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.end('commit')).toBe('INVALID_TXN_STATE')
    }
  },
  {
    name: 'has nothing to abort where nothing was written',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.end('abort')).toBe('INVALID_TXN_STATE')
    }
  },
  {
    name: 'aborts what it has not heard of yet: the new epoch keeps out what is on its way',
    only: 2,
    run: async (rig) => {
      const one = await begun(rig)
      const late = new Writer(rig)
      late.who = one.who
      expect(await one.end('abort')).toBe('NONE')
      expect(one.who.epoch).toBe(1)
      expect(await late.write(0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      await one.put(0, 'a')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await one.end('abort')).toBe('NONE')
      expect(one.who.epoch).toBe(3)
      expect(await values(rig)).toEqual(['a'])
    }
  },
  {
    name: 'aborts what was left open by whoever had the id before, and fences that one',
    run: async (rig) => {
      const former = await begun(rig)
      await former.put(0, 'a')
      const later = await begun(rig)
      expect(later.who.epoch).toBeGreaterThan(former.who.epoch)
      await completed(rig)
      expect(await former.write(0, 'b')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await former.add(0)).toBe('PRODUCER_FENCED')
      expect(await former.addGroup()).toBe('PRODUCER_FENCED')
      expect(await former.end('commit')).toBe('PRODUCER_FENCED')
      expect(await former.init(former.who)).toBe('PRODUCER_FENCED')
      await later.put(0, 'c')
      expect(await later.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['c'])
    }
  },
  {
    name: 'knows no id that nobody took, and no producer that has it not',
    run: async (rig) => {
      const stranger = new Writer({ ...rig, transactionalId: `${rig.transactionalId}-unknown` })
      expect(await stranger.end('abort')).toBe('INVALID_PRODUCER_ID_MAPPING')
      expect(await stranger.add(0)).toBe('INVALID_PRODUCER_ID_MAPPING')
      const one = await begun(rig)
      one.who = { ...one.who, producerId: one.who.producerId + 1_000_000n }
      expect(await one.end('abort')).toBe('INVALID_PRODUCER_ID_MAPPING')
      expect(await one.add(0)).toBe('INVALID_PRODUCER_ID_MAPPING')
      expect(await one.init(one.who)).toBe('PRODUCER_FENCED')
    }
  },
  {
    name: 'takes nothing for a partition that does not belong to the transaction',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.write(0, 'a')).toBe('TRANSACTION_ABORTABLE')
      await one.put(0, 'b')
      expect(await one.write(1, 'c')).toBe('TRANSACTION_ABORTABLE')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await one.write(0, 'd')).toBe('TRANSACTION_ABORTABLE')
      expect(await values(rig)).toEqual(['b'])
    }
  },
  {
    name: 'adds no partition that does not exist',
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.add(9)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    }
  },
  {
    name: 'commits a group’s offsets with the transaction; until then they are not stable',
    run: async (rig) => {
      const one = await begun(rig)
      await one.putOffset(7n)
      expect(await storedOffset(rig)).toBe('UNSTABLE_OFFSET_COMMIT')
      await one.putOffset(8n)
      expect(await one.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(8n)
      await one.putOffset(9n)
      expect(await one.end('abort')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(8n)
    }
  },
  {
    name: 'refuses the offsets of who is not in the group',
    run: async (rig) => {
      const one = await begun(rig)
      await one.putOffset(7n)
      expect(await one.commitOffset(1n, { generation: 3, memberId: 'nobody' })).toBe('UNKNOWN_MEMBER_ID')
      expect(await one.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(7n)
    }
  },
  {
    name: 'takes no offsets of a group that does not belong to the transaction',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.commitOffset(1n)).toBe('TRANSACTION_ABORTABLE')
      const later = await begun(rig)
      await later.putOffset(2n)
      expect(await later.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(2n)
      expect(await later.commitOffset(3n)).toBe('TRANSACTION_ABORTABLE')
      expect(await one.commitOffset(1n)).toBe('INVALID_PRODUCER_EPOCH')
      expect(await settledOffset(rig)).toBe(2n)
    }
  },
  {
    name: 'commits offsets of a member of this generation only',
    run: async (rig) => {
      const one = await begun(rig)
      const { reader, groupId } = rig
      const joining = {
        groupId,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        groupInstanceId: null,
        protocols: [{ name: 'range', metadata: new Uint8Array(0) }]
      }
      const named = await answered(
        () => reader.joinGroup({ ...joining, memberId: '' }),
        ({ code: given }) => given
      )
      const joined = await answered(() => reader.joinGroup({ ...joining, memberId: named.memberId }), ownCode)
      const { memberId, generation } = joined
      const member = { groupId, memberId, generation, groupInstanceId: null }
      await answered(
        () => reader.syncGroup({ ...member, assignments: [{ memberId, assignment: new Uint8Array(0) }] }),
        ownCode
      )
      if (rig.version === 1) await one.addGroup()
      expect(await one.commitOffset(3n, { memberId, generation })).toBe('NONE')
      expect(await one.commitOffset(4n, { memberId, generation: generation + 1 })).toBe('ILLEGAL_GENERATION')
      expect(await one.commitOffset(4n, { memberId: 'other', generation })).toBe('UNKNOWN_MEMBER_ID')
      // Who says nothing of itself is not asked: so older clients do it.
      expect(await one.commitOffset(5n)).toBe('NONE')
      expect(await one.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(5n)
      await answered(() => reader.leaveGroup(member), itself)
    }
  },
  {
    name: 'aborts a transaction whose time is over; its producer is fenced',
    only: 1,
    run: async (rig) => {
      const one = new Writer(rig)
      expect(await one.init(nobody, 100)).toBe('NONE')
      await one.put(0, 'a')
      await completed(rig)
      expect(await one.write(0, 'b')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.end('commit')).toBe('PRODUCER_FENCED')
      expect(await one.init()).toBe('NONE')
      await one.put(0, 'c')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['c'])
    }
  },
  {
    name: 'aborts a transaction whose time is over; its producer goes on when it has aborted it too',
    only: 2,
    run: async (rig) => {
      const one = new Writer(rig)
      expect(await one.init(nobody, 100)).toBe('NONE')
      await one.put(0, 'a')
      await completed(rig)
      expect(await one.write(0, 'b')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.end('commit')).toBe('INVALID_TXN_STATE')
      expect(await one.end('abort')).toBe('NONE')
      await one.put(0, 'c')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['c'])
    }
  }
]

/** The rules of this version. */
export const transactionRules = (version: TransactionVersion): readonly Rule[] =>
  transactionContract.filter(({ only }) => only === undefined || only === version)
