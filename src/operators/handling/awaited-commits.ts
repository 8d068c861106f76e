import type { Subscription } from 'rxjs'
import type { AckOrigin, CommitHandle, CommitPolicy } from '../../model/acknowledgement.js'
import { recordsOf } from '../../model/aggregate.js'
import { type Carried, firstOriginOf, isStale, release } from '../../model/carried.js'
import { ConsumerRecord } from '../../model/consumer-record.js'
import { flushHandles } from './flush-handles.js'

interface Waiting<C> {
  readonly carried: C
  readonly offset: bigint
}

/** Held records that wait until their offset is committed, in the order of their partition. */
export class AwaitedCommits<C extends Carried<unknown>> {
  private readonly policy: CommitPolicy
  private readonly within: Subscription
  private readonly committed: (carried: C) => void
  private readonly waiting = new Map<AckOrigin, Waiting<C>[]>()
  private readonly handles = new Map<AckOrigin, CommitHandle>()
  private readonly listening = new Map<AckOrigin, () => void>()
  private completing = false

  constructor(policy: CommitPolicy, within: Subscription, committed: (carried: C) => void) {
    this.policy = policy
    this.within = within
    this.committed = committed
  }

  add(carried: C): void {
    const origin = firstOriginOf(carried)
    if (origin === null) return
    this.listen(origin)
    this.waiting.get(origin)?.push({ carried, offset: lastOffsetOf(carried, origin) })
  }

  /** Commits the offsets of all waiting records, then calls back. Records whose offset could not be committed are dropped. */
  flushAll(done: () => void): void {
    this.completing = true
    const flushed = (origin: AckOrigin): void => {
      this.drop(origin)
    }
    flushHandles(this.handles, this.within, flushed, done)
  }

  dropAll(): void {
    for (const origin of [...this.waiting.keys()]) this.drop(origin)
  }

  private listen(origin: AckOrigin): void {
    if (this.handles.has(origin)) return
    const handle = origin.commitBy(this.policy)
    this.handles.set(origin, handle)
    this.waiting.set(origin, [])
    const flush = (): void => {
      this.within.add(handle.flush().subscribe())
    }
    this.listening.set(origin, origin.onFlush(flush))
    this.within.add(
      handle.stored.subscribe({
        next: ({ offset }) => {
          this.passBelow(origin, offset)
        },
        complete: () => {
          if (!this.completing) this.drop(origin)
        }
      })
    )
  }

  private passBelow(origin: AckOrigin, stored: bigint): void {
    const queue = this.waiting.get(origin) ?? []
    for (let next = queue[0]; next !== undefined && next.offset < stored; next = queue[0]) {
      queue.shift()
      if (!isStale(next.carried)) this.committed(next.carried)
      release(next.carried)
    }
  }

  private drop(origin: AckOrigin): void {
    for (const { carried } of this.waiting.get(origin) ?? []) release(carried)
    this.waiting.delete(origin)
    this.handles.delete(origin)
    this.listening.get(origin)?.()
    this.listening.delete(origin)
  }
}

/** The offset that has to be committed first; for an aggregate that of its last record. */
const lastOffsetOf = (carried: Carried<unknown>, origin: AckOrigin): bigint => {
  if (carried instanceof ConsumerRecord) return carried.offset
  const own = recordsOf(carried).filter(
    ({ topic, partition }) => topic === origin.topic && partition === origin.partition
  )
  return own.reduce((last, { offset }) => (offset > last ? offset : last), -1n)
}
