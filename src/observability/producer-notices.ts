import { type Line, line } from '../model/line.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { Throttled } from '../model/throttled.js'
import { because, type Notice, notice, placeLine } from './notice.js'

/** An event of a producer, as a line. */
export const describeProducerEvent = (event: ProducerEvent): Notice => {
  switch (event._tag) {
    case 'waiting for topic':
      return notice(
        event,
        'warn',
        line`records wait for the topic ${event.topic}`,
        line` for ${Math.round(event.forMs)} of at most ${event.atMostMs} ms (max.block.ms)${because(event.fault)}`
      )
    case 'waiting for partition':
      return notice(
        event,
        'warn',
        line`records wait for ${event.topic}/${event.partition}`,
        line` for ${Math.round(event.forMs)} of at most ${event.atMostMs} ms (max.block.ms): the topic has ${event.partitions} partitions`
      )
    case 'waiting for memory':
      return notice(
        event,
        'warn',
        line`records wait for memory: buffer.memory (${event.bytes} bytes) is used up`,
        line`, and nothing was confirmed for ${Math.round(event.forMs)} ms; the broker is slow or down, or records come faster than it accepts them`
      )
    case 'reconnecting':
      return notice(
        event,
        'warn',
        line`reconnecting to ${event.broker}`,
        line`${because(event.fault)}; records are sent again for delivery.timeout.ms`
      )
    case 'retrying':
      return notice(
        event,
        'warn',
        line`records of ${placeLine(event)} are refused for now`,
        line`${because(event.fault)}; they are sent again for ${event.atMostMs} ms (delivery.timeout.ms)`,
        `retrying ${event.topic}`
      )
    case 'late':
      return notice(
        event,
        'warn',
        line`records of ${placeLine(event)} have not been confirmed for ${Math.round(event.forMs)} ms`,
        line`: they are sent again for ${event.atMostMs} ms (delivery.timeout.ms), then they fail`,
        'late'
      )
    case 'not sent':
      return notSent(event)
    case 'recreated':
      return describeTargetRecreated(event)
    case 'recovered':
      return notice(event, 'info', line`${recovered(event)} after ${Math.round(event.afterMs)} ms`)
    case 'throttled':
      return describeThrottled(event)
  }
}

const notSent = (event: ProducerEvent & { readonly _tag: 'not sent' }): Notice =>
  event.calls === 1
    ? notice(
        event,
        'error',
        line`one call of send or sendAll has written nothing`,
        line`: await it, or subscribe to it`
      )
    : notice(
        event,
        'error',
        line`${event.calls} calls of send or sendAll have written nothing`,
        line`: await them, or subscribe to them`
      )

const recovered = ({ from, what }: ProducerEvent & { readonly _tag: 'recovered' }): Line => {
  switch (from) {
    case 'reconnecting':
      return line`reached ${what} again`
    case 'retrying':
      return line`records of ${what} are accepted again`
    case 'throttled':
      return line`${what} no longer throttles this client`
    default:
      return line`no longer ${from}, ${what}`
  }
}

type Recreated = { readonly _tag: string; readonly topic: string }

export const describeRecreated = (event: Recreated, consequence: Line): Notice =>
  notice(event, 'warn', line`the topic ${event.topic} was deleted and created again`, consequence)

export const describeTargetRecreated = (event: Recreated): Notice =>
  describeRecreated(event, line`: what was written to it is gone, what follows is written to the new one`)

export const describeThrottled = (event: Throttled): Notice =>
  notice(
    event,
    'warn',
    line`${event.broker} throttles this client`,
    line` for ${event.forMs} ms: a quota is used up; raise it, or read and write less`
  )
