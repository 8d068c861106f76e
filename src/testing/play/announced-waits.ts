import type { ConsumerEvent } from '../../model/consumer-event.js'
import { keyOf } from '../../model/topic-partition.js'

/** An event by which a consumer has said that it waits. */
export type WaitEvent = Extract<
  ConsumerEvent,
  { readonly _tag: 'pipeline restarting' | 'retried later' | 'reconnecting' | 'waiting' | 'joining' }
>

/** A wait, and when it ends; Infinity if nobody knows. */
export interface AnnouncedWait {
  readonly event: WaitEvent
  readonly until: number
}

/** What a consumer has said that it waits for, and what it has not said to be over. */
export class AnnouncedWaits {
  private readonly open = new Map<string, AnnouncedWait>()

  hear(event: ConsumerEvent, now: number): void {
    switch (event._tag) {
      case 'pipeline restarting':
        this.begin(keyOf(event), event, now + event.inMs)
        break
      case 'retried later':
        this.begin(`${keyOf(event)} ${String(event.offset)}`, event, now + event.inMs)
        break
      case 'reconnecting':
        this.begin(event.broker, event, Infinity)
        break
      case 'waiting':
        this.begin(event.reason, event, Infinity)
        break
      case 'joining':
        this.begin(event.groupId, event, Infinity)
        break
      case 'recovered':
        this.open.delete(`${event.from} ${event.what}`)
        break
      default:
    }
  }

  /** Those that are not over. */
  at(now: number): readonly AnnouncedWait[] {
    return [...this.open.values()].filter(({ until }) => until > now)
  }

  private begin(what: string, event: WaitEvent, until: number): void {
    this.open.set(`${event._tag} ${what}`, { event, until })
  }
}
