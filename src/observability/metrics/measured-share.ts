import { Subscription } from 'rxjs'
import { groupedBy } from '../../core/protocol/grouped-by.js'
import { realClock } from '../../internal/real-clock.js'
import type { ShareStatus } from '../../model/share-status.js'
import type { ShareConsumerSource } from '../log-to.js'
import { Counters } from './counters.js'
import type { Labels, Samples } from './samples.js'
import { ShareScalingMeter, type ShareScalingSignal } from './share-scaling.js'

/** The part of a share consumer that is measured. */
export interface MeasuredShareConsumer extends ShareConsumerSource {
  status(): ShareStatus
}

/** A consumer has `commits`, a share consumer `acknowledgements`. */
export const isShareConsumer = (consumer: object): consumer is MeasuredShareConsumer => 'acknowledgements' in consumer

/** A share consumer as `metrics` measures it. */
export class MeasuredShare {
  private readonly consumer: MeasuredShareConsumer
  private readonly meter = new ShareScalingMeter()
  private readonly counters: Counters
  private readonly subscriptions = new Subscription()
  private readonly group: Labels
  /** as counted so far */
  private delivered: number

  constructor(consumer: MeasuredShareConsumer) {
    this.consumer = consumer
    const { groupId, delivered } = consumer.status()
    this.group = { group: groupId }
    this.delivered = delivered
    this.counters = new Counters(this.group)
    const { counters } = this
    const acknowledged = 'ackstream_share_consumer_acknowledged_records_total'
    this.subscriptions.add(
      consumer.acknowledgements.subscribe(({ topic, ...counts }) => {
        for (const as of ['accepted', 'released', 'rejected', 'lost'] as const)
          if (counts[as] > 0) counters.count(acknowledged, { topic, as }, counts[as])
      })
    )
    this.subscriptions.add(
      consumer.events.subscribe((event) => {
        counters.count('ackstream_share_consumer_events_total', { event: event._tag })
        if (event._tag === 'locks lost') counters.count(acknowledged, { topic: event.topic, as: 'lost' }, event.records)
      })
    )
  }

  collect(samples: Samples): void {
    const { group } = this
    const status = this.consumer.status()
    // A new subscription counts from 0.
    const more = status.delivered < this.delivered ? status.delivered : status.delivered - this.delivered
    this.delivered = status.delivered
    this.counters.count('ackstream_share_consumer_delivered_records_total', {}, more)
    this.counters.collect(samples)
    samples.add('ackstream_share_consumer_phase', { ...group, phase: status.phase }, 1)
    samples.add('ackstream_share_consumer_in_flight_records', group, status.inFlight)
    for (const [topic, behind] of groupedBy(status.lag ?? [], (one) => one.topic))
      // Every member reports the group's lag, so two in one process must not add up.
      samples.most(
        'ackstream_share_consumer_lag_records',
        { ...group, topic },
        behind.reduce((sum, { lag }) => sum + lag, 0)
      )
    samples.most('ackstream_share_consumer_oldest_seconds', group, (status.oldest?.ageMs ?? 0) / 1_000)
    for (const { topic } of status.partitions)
      samples.add('ackstream_share_consumer_assigned_partitions', { ...group, topic }, 1)
    const { membersNeeded } = this.meter.update(status, realClock.now())
    samples.add('ackstream_share_consumer_members_needed', group, membersNeeded)
  }

  scaling(): ShareScalingSignal {
    return this.meter.update(this.consumer.status(), realClock.now())
  }

  close(): void {
    this.subscriptions.unsubscribe()
  }
}
