import { Observable, type Subscription } from 'rxjs'
import type { Carried } from '../model/carried.js'
import { BranchTarget } from './branch-target.js'

/** A value that waits to be taken, or was taken and is not acknowledged yet. */
interface Offer<C> {
  readonly carried: C
  readonly done: () => void
}

interface Waiter<C> {
  readonly resolve: (result: IteratorResult<C, undefined>) => void
  readonly reject: (error: unknown) => void
}

/** The source of a running loop. */
export interface LoopSource {
  readonly subscription: Subscription
  /** Ends the source of the loop, and resolves when it has ended. */
  readonly leave: () => Promise<readonly unknown[]>
}

const over = { done: true, value: undefined } as const

/**
 * The records that a pipeline offers, as an iterator. An offer ends when its record is acknowledged. `next` takes one, or waits
 * for it.
 */
export class RecordLoop<C extends Carried<unknown>> implements AsyncIterator<C, undefined> {
  private readonly begin: (loop: RecordLoop<C>) => LoopSource
  private readonly acknowledges: 'on next' | 'by hand'
  /** in the order in which they are taken */
  private readonly offers = new Set<Offer<C>>()
  private readonly taken = new Map<number, Offer<C>>()
  private readonly target: BranchTarget<C>
  private waiters: Waiter<C>[] = []
  private source: LoopSource | null = null
  private seq = 0
  private ending: { readonly error: unknown } | 'completed' | null = null

  constructor(begin: (loop: RecordLoop<C>) => LoopSource, acknowledges: 'on next' | 'by hand') {
    this.begin = begin
    this.acknowledges = acknowledges
    this.target = new BranchTarget<C>(this.taken, (seq) => {
      this.acknowledged(seq)
    })
  }

  /** Completes when the record is taken and acknowledged; unsubscribing withdraws the offer, even after it was taken. */
  offer(carried: C): Observable<void> {
    return new Observable((subscriber) => {
      const offer = {
        carried,
        done: () => {
          subscriber.complete()
        }
      }
      this.offers.add(offer)
      const [waiter, ...others] = this.waiters
      if (waiter !== undefined) {
        this.waiters = others
        waiter.resolve(this.take(offer))
      }
      return () => {
        this.offers.delete(offer)
        for (const [seq, one] of this.taken) if (one === offer) this.taken.delete(seq)
      }
    })
  }

  async next(): Promise<IteratorResult<C, undefined>> {
    if (this.acknowledges === 'on next') for (const seq of [...this.taken.keys()]) this.target.settle(seq)
    if (this.source === null && this.ending === null) this.source = this.begin(this)
    for (const offer of this.offers) return this.take(offer)
    const { ending } = this
    if (ending === null) return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
    if (ending === 'completed') return over
    // Only once, like a generator.
    this.ending = 'completed'
    throw ending.error
  }

  /** The loop was exited: unacknowledged records are delivered again. */
  async return(): Promise<IteratorResult<C, undefined>> {
    this.end('completed')
    const { source } = this
    await source?.leave()
    source?.subscription.unsubscribe()
    return over
  }

  /** No further record is offered. */
  end(how: { readonly error: unknown } | 'completed'): void {
    if (this.ending !== null) return
    const { waiters } = this
    this.waiters = []
    this.offers.clear()
    const [first] = waiters
    if (how !== 'completed' && first !== undefined) {
      first.reject(how.error)
      this.ending = 'completed'
    } else this.ending = how
    for (const { resolve } of waiters) resolve(over)
  }

  private take(offer: Offer<C>): IteratorResult<C, undefined> {
    this.offers.delete(offer)
    const seq = this.seq++
    this.taken.set(seq, offer)
    // A carried value keeps its type with another acknowledgement.
    return { done: false, value: offer.carried.withTarget(this.target, seq) as C }
  }

  private acknowledged(seq: number): void {
    const offer = this.taken.get(seq)
    this.taken.delete(seq)
    offer?.done()
  }
}
