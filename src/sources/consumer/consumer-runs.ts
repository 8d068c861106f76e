import { type Observable, Subject, type Subscriber } from 'rxjs'
import type { ConsumerConfig, ConsumerSettings } from '../../config/consumer-config.js'
import { handlerOnStack } from '../../internal/running-handler.js'
import type { CommitPolicy } from '../../model/acknowledgement.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Cluster } from '../../ports/cluster.js'
import { ConsumerRun } from './consumer-run.js'
import type { RunOutlets } from './consumer-run-options.js'
import { RunTurns } from './run-turns.js'

/** Read at each use: it may change while its run lasts. */
interface PresentSubscription {
  subscription: ConsumerSettings['subscription']
}

/** The runs of a consumer, one after the other: each subscription begins one when the former has ended. */
export class ConsumerRuns {
  /** Partitions that the user has paused, also for the next run. */
  readonly paused = new Set<string>()
  private readonly open: (subscriber: Subscriber<PartitionStream>, downstream: readonly CommitPolicy[]) => ConsumerRun
  private readonly began: () => void
  private readonly ends = new Subject<void>()
  /** What the current or next run reads; a run that is leaving keeps its own. */
  private present: PresentSubscription
  private current: ConsumerRun | null = null
  private readonly turns = new RunTurns(
    'the consumer has a live subscription already: share() it, or make a second consumer'
  )

  /** @param began called when a run begins */
  constructor(
    cluster: Cluster,
    config: ConsumerConfig,
    decoded: ConsumerSettings,
    outlets: RunOutlets,
    began: () => void
  ) {
    this.began = began
    this.present = { subscription: decoded.subscription }
    const { paused } = this
    const { startFrom = null } = config
    this.open = (subscriber, downstream) => {
      const { present } = this
      // Each access gets the current subscription.
      const settings = Object.defineProperty({ ...decoded }, 'subscription', { get: () => present.subscription })
      return new ConsumerRun(
        { cluster, startFrom, random: cluster.random, paused, outlets, settings, downstream },
        subscriber
      )
    }
  }

  /** The last run, which may have ended. */
  get last(): ConsumerRun | null {
    return this.current
  }

  /** Emits at each end of a run. */
  get ended(): Observable<void> {
    return this.ends
  }

  subscribed(subscriber: Subscriber<PartitionStream>, downstream: readonly CommitPolicy[]): void {
    this.turns.subscribed(subscriber, this.current, () => {
      this.begin(subscriber, downstream)
    })
  }

  resubscribe(subscription: ConsumerSettings['subscription']): void {
    const { current, present } = this
    if (current === null || current.isLeaving) {
      this.present = { subscription }
      return
    }
    if (subscription._tag !== present.subscription._tag) {
      const [is, other] = subscription._tag === 'topics' ? ['assign', 'subscribe'] : ['subscribe', 'assign']
      const reason = `the consumer runs with ${is}(…) and cannot go over to ${other}(…) meanwhile: drain first`
      throw new ConsumerError({ _tag: 'UsageFault', reason })
    }
    present.subscription = subscription
    current.resubscribed()
  }

  /** Ends the current run with `how`. If one of its handlers calls this, `ended` does not wait for that handler. */
  end(how: (run: ConsumerRun) => void, ended: (report: DrainReport) => void): void {
    const { current } = this
    if (current === null || current.isEnded) {
      ended({ outcome: 'drained', partitions: [] })
      return
    }
    const handler = handlerOnStack()
    if (handler === null) current.onEnd(ended)
    else current.onEndFor(handler, ended)
    how(current)
  }

  private begin(subscriber: Subscriber<PartitionStream>, downstream: readonly CommitPolicy[]): void {
    this.began()
    const run = this.open(subscriber, downstream)
    this.current = run
    run.onEnd(() => {
      this.ends.next()
    })
    subscriber.add(() => {
      run.unsubscribed()
    })
  }
}
