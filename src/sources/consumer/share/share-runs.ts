import type { Subscriber } from 'rxjs'
import type { ShareConsumerSettings } from '../../../config/share-consumer-config.js'
import { handlerOnStack } from '../../../internal/running-handler.js'
import type { ConsumerRecord } from '../../../model/consumer-record.js'
import type { ShareDrainReport } from '../../../model/share-drain-report.js'
import type { Shared } from '../../../model/shared.js'
import type { Cluster } from '../../../ports/cluster.js'
import { RunTurns } from '../run-turns.js'
import { type ShareOutlets, ShareRun } from './share-run.js'

/** The runs of a share consumer, one after the other: each subscription begins one when the former has ended. */
export class ShareRuns {
  private readonly open: (
    subscriber: Subscriber<ConsumerRecord & Shared>,
    ends: readonly Subscriber<unknown>[]
  ) => ShareRun
  private readonly clock: Cluster['clock']
  private current: ShareRun | null = null
  private readonly turns = new RunTurns(
    'the share consumer has a live subscription already: share() it, or make a second one'
  )

  constructor(cluster: Cluster, settings: ShareConsumerSettings, outlets: ShareOutlets) {
    this.clock = cluster.clock
    this.open = (subscriber, ends) => new ShareRun({ cluster, settings, outlets }, subscriber, ends)
  }

  /** The last run, which may have ended. */
  get last(): ShareRun | null {
    return this.current
  }

  /** `ends`: the downstream operators that acknowledge records. */
  subscribed(subscriber: Subscriber<ConsumerRecord & Shared>, ends: readonly Subscriber<unknown>[]): void {
    this.turns.subscribed(subscriber, this.current, () => {
      this.begin(subscriber, ends)
    })
  }

  /** Ends the current run with `how`. Does not wait for a handler that calls it. */
  end(how: (run: ShareRun) => void, ended: (report: ShareDrainReport) => void): void {
    const { current } = this
    if (current === null || current.isEnded) {
      ended({ outcome: 'drained', partitions: [] })
      return
    }
    if (handlerOnStack() === null) current.onEnd(ended)
    else
      this.clock.turn(() => {
        ended({ outcome: 'under way', partitions: [] })
      })
    how(current)
  }

  private begin(subscriber: Subscriber<ConsumerRecord & Shared>, ends: readonly Subscriber<unknown>[]): void {
    const run = this.open(subscriber, ends)
    this.current = run
    subscriber.add(() => {
      run.unsubscribed()
    })
  }
}
