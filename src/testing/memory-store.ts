import { inTurn } from '../internal/in-turn.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import { partitionKey, type TopicPartition } from '../model/topic-partition.js'
import { type OffsetStore, offsetStore, type StoredOffset } from '../sinks/once/offset-store.js'
import type { Inbox, TransactionalStore } from '../sinks/once/write-once.js'
import { fromZero, oneOf } from './arguments/rules.js'
import { currentScope } from './time/scopes.js'

/** A transaction of a `memoryStore`. */
export interface MemoryTransaction<Row> {
  /** Adds rows, which are in the store when the transaction is committed. */
  insert(...rows: readonly Row[]): void
  /** @internal */
  readonly state: State<Row>
}

/** A store with transactions in memory, for tests of pipelines with `writeOnce`. */
export interface MemoryStore<Row> extends TransactionalStore<MemoryTransaction<Row>> {
  /** the rows of committed transactions, in order */
  readonly rows: readonly Row[]
  /** The committed offset of a partition; null if there is none. */
  committed(group: string, partition: TopicPartition): bigint | null
  /** The offsets of one consumer. A consumer that is started again, or another member, needs its own. */
  offsets(group: string): OffsetStore<MemoryTransaction<Row>>
  inbox<C>(id: (record: C) => string): Inbox<C, MemoryTransaction<Row>>
  /** Makes the next transactions fail: without effect, or after they took effect, as if the answer to their commit was lost. */
  failNext(times: number, how?: 'rolled back' | 'answer lost'): void
}

interface State<Row> {
  rows: readonly Row[]
  offsets: ReadonlyMap<string, StoredOffset>
  ids: ReadonlySet<string>
}

/**
 * A store in memory whose transactions are committed as a whole or not at all, for tests without a database. Like a database it
 * runs transactions that touch the same rows one after the other, and rolls back that of a process that dies (`#` in a
 * diagram).
 *
 * @example
 * const store = memoryStore<Row>()
 * const offsets = store.offsets('billing') // whose startFrom the consumer has
 * partition.pipe(writeOnce({ store, offsets, write: (tx, records) => tx.insert(...records.map(rowOf)) }), ack())
 * store.rows // what a reader of the database sees
 */
export const memoryStore = <Row>(): MemoryStore<Row> => {
  let committed: State<Row> = { rows: [], offsets: new Map(), ids: new Set() }
  const failures: ('rolled back' | 'answer lost')[] = []
  const owner = {}

  return {
    get rows() {
      return committed.rows
    },
    committed: (group, partition) => committed.offsets.get(keyOf(group, partition))?.next ?? null,
    failNext: (times, how = 'rolled back') => {
      refuseWrong(
        problemsWith('failNext: times', times, fromZero),
        problemsWith('failNext: how', how, oneOf('rolled back', 'answer lost'))
      )
      failures.push(...Array<typeof how>(times).fill(how))
    },
    transaction: (work) =>
      inTurnOfTheLiving(owner, async (isDead) => {
        const state = { ...committed }
        await work({
          state,
          insert: (...rows) => {
            state.rows = [...state.rows, ...rows]
          }
        })
        if (isDead()) return
        const failure = failures.shift()
        if (failure !== 'rolled back') committed = state
        if (failure !== undefined) throw new Error('connection lost')
      }),
    offsets: (group) =>
      offsetStore<MemoryTransaction<Row>>({
        group,
        claim: (partition) =>
          inTurnOfTheLiving(owner, () => {
            const key = keyOf(group, partition)
            const { epoch, next } = committed.offsets.get(key) ?? { epoch: 0n, next: null }
            const claimed = { epoch: epoch + 1n, next }
            committed = { ...committed }
            put(committed, key, claimed)
            return claimed
          }),
        advance: ({ state }, partition, { epoch, from, to }) => {
          const key = keyOf(group, partition)
          const stored = state.offsets.get(key)
          const mayAdvance = stored?.epoch === epoch && (stored.next === null || stored.next <= from)
          if (mayAdvance) put(state, key, { epoch, next: to })
          return Promise.resolve(mayAdvance)
        },
        read: ({ state }, partition) => Promise.resolve(state.offsets.get(keyOf(group, partition)) ?? null)
      }),
    inbox: inboxBy
  }
}

/**
 * Runs `work` in its turn. If the process that requested the turn dies, the turn ends: like with a broken connection nothing is
 * committed, the next turn can begin, and the process never learns the outcome.
 */
const inTurnOfTheLiving = <A>(owner: object, work: (isDead: () => boolean) => A | Promise<A>): Promise<A> => {
  const process = currentScope()?.process ?? null
  if (process === null) return inTurn(owner, () => work(() => false))
  const isDead = (): boolean => process.isDead
  return new Promise<A>((resolve, reject) => {
    const turn = async (): Promise<void> => {
      if (isDead()) return
      const answer = await work(isDead)
      if (!isDead()) resolve(answer)
    }
    const death = new Promise<void>((dies) => {
      process.whenDead(dies)
    })
    inTurn(owner, () => Promise.race([turn(), death])).catch((error: unknown) => {
      // The rejection of the user's work is passed on unchanged.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      if (!isDead()) reject(error)
    })
  })
}

const keyOf = (group: string, { topic, partition }: TopicPartition): string =>
  `${group} ${partitionKey(topic, partition)}`

const put = <Row>(state: State<Row>, key: string, stored: StoredOffset): void => {
  state.offsets = new Map(state.offsets).set(key, stored)
}

const inboxBy = <Row, C>(id: (record: C) => string): Inbox<C, MemoryTransaction<Row>> => {
  refuseWrong(problemsWith('inbox: id', id, aFunction))
  return {
    id,
    remember: ({ state }, ids) => {
      const fresh = ids.filter((one) => !state.ids.has(one))
      state.ids = new Set([...state.ids, ...fresh])
      return Promise.resolve(new Set(fresh))
    }
  }
}
