import type { AcknowledgementEvent } from '../model/acknowledgement-event.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import { line, nothing } from '../model/line.js'
import { because, type Notice, notice, placeLine } from './notice.js'

/** The results of acknowledgements, as a line. */
export const describeAcknowledgement = (event: AcknowledgementEvent): Notice => {
  const { accepted, released, rejected, lost, fault } = event
  const tagged = { _tag: 'acknowledged', ...event }
  if (lost > 0)
    return notice(
      tagged,
      'warn',
      line`${lost} acknowledgements of ${placeLine(event)} were lost: these records may be delivered again`,
      fault === null ? nothing : because(fault),
      `acknowledgements lost ${event.topic}`
    )
  return notice(
    tagged,
    'debug',
    line`acknowledged in ${placeLine(event)}: ${accepted} accepted, ${released} released, ${rejected} rejected`,
    nothing,
    `acknowledged ${event.topic}`
  )
}

type ShareEvent = ConsumerEvent & {
  readonly _tag: 'released' | 'rejected' | 'locks lost' | 'locks not renewed'
}

/** An event that only share consumers have, as a line. */
export const describeShareEvent = (event: ShareEvent): Notice => {
  switch (event._tag) {
    case 'released':
      return notice(
        event,
        'warn',
        line`${placeLine(event)} offset ${event.offset} was released, to be delivered again`,
        because(event.fault),
        `released ${event.topic}`
      )
    case 'rejected':
      return notice(
        event,
        'warn',
        line`${placeLine(event)} offset ${event.offset} was rejected`,
        because(event.fault),
        `rejected ${event.topic}`
      )
    case 'locks lost':
      return notice(
        event,
        'warn',
        line`${placeLine(event)} lost the locks of ${event.records} records from offset ${event.offset}`,
        line`: ${event.reason}; they are delivered again`,
        `locks lost ${event.topic}`
      )
    case 'locks not renewed':
      return notice(
        event,
        'warn',
        line`the brokers do not renew locks of the share group ${event.groupId}`,
        line`: records that take longer than ${event.lockMs} ms are delivered again; Kafka 4.2 renews them unless share.renew.acknowledge.enable is false`
      )
  }
}
