import type { Observable } from 'rxjs'
import type { Carried } from '../model/carried.js'
import { type MarblePartition, marblePartition, type MarblePartitionOptions } from './marble-partition.js'
import {
  Expectations,
  type LettersExpectation,
  type ObservableExpectation,
  type SubscriptionExpectation
} from './observables/expectations.js'
import { parseMarbles, type SubscriptionLog } from './observables/notation.js'
import { coldObservable, hotObservable, type MarbleObservable } from './observables/test-observables.js'
import type { ScopedClock } from './time/scoped-clock.js'
import type { VirtualClock } from './time/virtual-clock.js'

/** What a test without a cluster has: partitions and Observables from marbles, and what it expects of them. */
export class OperatorTests {
  private readonly expectations: Expectations
  private readonly time: { readonly clock: ScopedClock; readonly world: VirtualClock; readonly columnMs: number }
  private readonly partitions: MarblePartition[] = []
  private readonly observables: { readonly marbles: string; readonly observable: MarbleObservable<unknown> }[] = []

  constructor(clock: ScopedClock, world: VirtualClock, columnMs: number) {
    this.time = { clock, world, columnMs }
    this.expectations = new Expectations(world, columnMs)
  }

  /** How much it expects. */
  get count(): number {
    return this.expectations.count
  }

  partition(source: string, options?: MarblePartitionOptions): MarblePartition {
    const { clock, columnMs, world } = this.time
    const made = marblePartition(source, columnMs, clock, world, options)
    this.partitions.push(made)
    return made
  }

  hot<A>(source: string, values?: Readonly<Record<string, A>>, error?: unknown): MarbleObservable<A> {
    const { columnMs, world } = this.time
    return this.made(source, hotObservable<A>(world, parseMarbles(source, columnMs, values, error)))
  }

  cold<A>(source: string, values?: Readonly<Record<string, A>>, error?: unknown): MarbleObservable<A> {
    const { clock, columnMs } = this.time
    return this.made(source, coldObservable<A>(clock, parseMarbles(source, columnMs, values, error)))
  }

  expectObservable(observable: Observable<unknown>, unsubscription?: string): ObservableExpectation {
    return this.expectations.observable(observable, unsubscription)
  }

  expectRecords(observable: Observable<Carried<unknown>>, unsubscription?: string): LettersExpectation {
    return this.expectations.records(observable, (offset) => this.letterOf(offset), unsubscription)
  }

  expectAcks({ acks }: MarblePartition): LettersExpectation {
    return this.expectations.letters('expectAcks', 'what was acknowledged', acks)
  }

  expectCommits({ commits }: MarblePartition): LettersExpectation {
    return this.expectations.letters('expectCommits', 'what was committed', commits)
  }

  expectSubscriptions(logs: readonly SubscriptionLog[]): SubscriptionExpectation {
    return this.expectations.subscriptionsOf(logs)
  }

  /** What was expected and has not come true. */
  failures(): readonly string[] {
    return this.expectations.failures()
  }

  /** What operators still hold, and what is still subscribed to. */
  leaks(): readonly string[] {
    return [
      ...this.partitions.flatMap(({ heldLetters }) =>
        heldLetters.map((letter) => `${letter} is still held by an operator`)
      ),
      ...this.observables.flatMap(({ marbles: source, observable }) =>
        observable.subscriptions.some(({ unsubscribedFrame }) => unsubscribedFrame === Infinity)
          ? [`“${source}” is still subscribed to`]
          : []
      )
    ]
  }

  private letterOf(offset: bigint): string {
    return this.partitions.map((one) => one.letterOf(offset)).find((letter) => letter !== null) ?? '?'
  }

  private made<A>(source: string, observable: MarbleObservable<A>): MarbleObservable<A> {
    this.observables.push({ marbles: source, observable })
    return observable
  }
}
