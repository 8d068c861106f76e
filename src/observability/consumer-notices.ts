import type { ConsumerEvent } from '../model/consumer-event.js'
import { type Line, line, nothing, ownWords } from '../model/line.js'
import { faultOfError } from '../model/consumer-error.js'
import { because, type Notice, notice, noticeBy, type NoticesOf, placeLine, thrownReason } from './notice.js'
import { describeRecreated, describeTargetRecreated, describeThrottled } from './producer-notices.js'
import { toRepeat } from './rebalance-notices.js'
import { describeShareEvent } from './share-notices.js'

/** An event of a consumer, as a line. */
export const describeConsumerEvent = (event: ConsumerEvent): Notice => noticeBy<ConsumerEvent>(consumerNotices, event)

/** The notice of each kind of event. A new event does not compile until it has a row here. */
const consumerNotices: NoticesOf<ConsumerEvent> = {
  starved: (event) =>
    notice(
      event,
      'error',
      line`no record of ${placeLine(event)} is acknowledged, ${event.inFlight} are in flight`,
      line`: ${event.advice}`,
      `starved ${event.topic}`
    ),
  unsettled: (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.offset} was swallowed after ${event.lastOperator}`,
      line`: the commit waits for it, ${event.overtakenBy} later records are settled; use filterRecords instead of rxjs's filter, or settle what is dropped`,
      `unsettled ${event.topic}`
    ),
  slow: (event) =>
    notice(
      event,
      'warn',
      line`no handler of ${placeLine(event)} has returned for ${event.forMs} ms`,
      line`: offset ${event.offset} and ${event.inFlight - 1} more wait; give handlers a timeoutMs, or more concurrency`,
      `slow ${event.topic}`
    ),
  stalled: (event) =>
    notice(
      event,
      'error',
      line`${placeLine(event)} has not moved for ${event.forMs} ms`,
      line` (max.poll.interval.ms), ${event.inFlight} records are in flight: the member gives it up and stays out of the group until its handler has returned; give handlers a timeoutMs`
    ),
  silent: (event) =>
    notice(
      event,
      'error',
      line`${placeLine(event)} was not answered for ${event.forMs} ms, and no reason is known`,
      line`: it is requested again; please report this`
    ),
  'not subscribed': (event) =>
    notice(
      event,
      'warn',
      line`the stream of ${placeLine(event)} has no subscriber`,
      line`: it is not read; use eachPartition, or subscribe to each stream`,
      `not subscribed ${event.topic}`
    ),
  'pipeline ended': (event) =>
    notice(
      event,
      'warn',
      line`the pipeline of ${placeLine(event)} has ended`,
      line`: the partition is not read any more; do not complete it, or drain the consumer`
    ),
  'breaker opened': (event) =>
    notice(
      event,
      'error',
      line`${event.guard}: the breaker has opened`,
      line`, calls of ${placeLine(event)} fail: records wait, and one call is tried from time to time; check the service that is called`
    ),
  'breaker closed': (event) => notice(event, 'info', line`${event.guard}: the breaker has closed, calls succeed again`),
  'pipeline failed': (event) =>
    notice(
      event,
      'error',
      line`the pipeline of ${placeLine(event)} failed`,
      line`: ${thrownReason(event.cause)}; the other partitions are drained, then the consumer stops${isOfOneRecord(event.cause) ? '; with onFailure (skip, deadLetter, park) it continues without the record' : ''}`,
      `failed ${event.topic}`
    ),
  'pipeline restarting': (event) =>
    notice(
      event,
      'warn',
      line`the pipeline of ${placeLine(event)} failed and is restarted in ${Math.round(event.inMs)} ms`,
      line`: ${thrownReason(event.cause)}`,
      `restarting ${event.topic}/${String(event.partition)}`
    ),
  gap: (event) =>
    event.cause === 'compaction'
      ? notice(
          event,
          'debug',
          line`${placeLine(event)} has no offsets ${event.from} to ${event.to}`,
          line`: compacted, or markers of transactions`,
          `gap ${event.topic}`
        )
      : notice(
          event,
          'error',
          line`${event.missing} offsets of ${placeLine(event)} were deleted before they were read`,
          line`, from ${event.from} to ${event.to}: raise retention.ms of the topic, or read faster`,
          `lost ${event.topic}`
        ),
  reset: (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.from} is not in the log (${event.logStart} to ${event.logEnd})`,
      line`: reading continues at ${event.to}, by auto.offset.reset ${event.policy}; offset.out.of.range: fail would stop instead`,
      `reset ${event.topic}`
    ),
  truncated: (event) =>
    notice(
      event,
      'error',
      line`the log of ${placeLine(event)} was cut at ${event.to} by an unclean leader election`,
      line`: the records read from there up to ${event.from} are gone`
    ),
  recreated: (event) => describeRecreated(event, line`: it is read from its beginning`),
  'target recreated': (event) => describeTargetRecreated(event),
  'end reached': (event) =>
    notice(event, 'debug', line`${placeLine(event)} is read to its end`, line`, offset ${event.offset}`),
  skipped: (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.offset} was skipped`,
      because(event.fault),
      `skipped ${event.topic}`
    ),
  released: (event) => describeShareEvent(event),
  rejected: (event) => describeShareEvent(event),
  'locks lost': (event) => describeShareEvent(event),
  'locks not renewed': (event) => describeShareEvent(event),
  'dead lettered': (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.offset} went to the dead letters`,
      because(event.fault),
      `dead lettered ${event.topic}`
    ),
  parked: (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.offset} is parked, and tried again in ${Math.round(event.inMs)} ms`,
      because(event.fault),
      `parked ${event.topic}`
    ),
  'retried later': (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.offset} went to ${event.to}, and is tried again in ${Math.round(event.inMs)} ms`,
      because(event.fault),
      `retried later ${event.topic}`
    ),
  resumed: (event) =>
    notice(
      event,
      'info',
      line`${placeLine(event)} offset ${event.offset} succeeded after ${event.attempts} attempts`,
      nothing,
      `resumed ${event.topic}`
    ),
  'slow decode': (event) =>
    notice(
      event,
      'warn',
      line`${placeLine(event)} offset ${event.offset} took ${Math.round(event.tookMs)} ms to decode`,
      line`: nothing else of the process ran meanwhile`,
      `slow decode ${event.topic}`
    ),
  'torn line': (event) =>
    notice(
      event,
      'warn',
      line`the last line of ${event.path} was incomplete`,
      line`: its ${event.bytes} bytes were moved to ${event.movedTo}`
    ),
  unreadable: (event) =>
    notice(event, 'error', line`${placeLine(event)} cannot be read at offset ${event.offset}`, because(event.fault)),
  reconnecting: (event) => notice(event, 'warn', line`reconnecting to ${event.broker}`, because(event.fault)),
  throttled: (event) => describeThrottled(event),
  waiting: (event) => notice(event, 'warn', line`waiting, ${event.reason}`, because(event.fault)),
  joining: (event) =>
    notice(
      event,
      'info',
      line`has waited for ${Math.round(event.forMs)} ms to join the group ${event.groupId}`,
      line`: another member has to finish its work or, if it crashed, its session has to expire`,
      'joining'
    ),
  recovered: (event) => notice(event, 'info', recovered(event), nothing),
  'group protocol': (event) =>
    notice(
      event,
      'warn',
      line`joins the group ${event.groupId} by the ${event.used} protocol`,
      line`: the brokers do not support group.protocol ${event.wanted}`
    ),
  fenced: (event) =>
    notice(event, 'error', ownWords('another member has taken this one’s identity'), because(event.fault)),
  'no partitions': (event) =>
    notice(
      event,
      'info',
      line`no partition is left for this member of ${event.groupId}`,
      line`: the group has more members than partitions; it takes over when one leaves`
    ),
  stopped: (event) =>
    notice(
      event,
      'error',
      ownWords('stopped'),
      line`: ${thrownReason(event.cause)}${toRepeat(event.report.partitions)}`
    )
}

const recovered = ({ from, what, afterMs }: ConsumerEvent & { readonly _tag: 'recovered' }): Line => {
  const after = line` after ${Math.round(afterMs)} ms`
  switch (from) {
    case 'reconnecting':
      return line`reached ${what} again${after}`
    case 'waiting':
      return line`no longer waiting${after}, it was: ${what}`
    case 'throttled':
      return line`${what} no longer throttles this client${after}`
    case 'joining':
      return line`joined the group ${what}${after}`
  }
}

/** Whether `onFailure` of an operator decides about such a failure. Others have nothing to do with the record. */
const isOfOneRecord = (cause: unknown): boolean => {
  const tag = faultOfError(cause)?._tag
  return tag === 'DecodeFault' || tag === 'HandlerFault' || tag === 'SinkFault' || tag === 'ProduceFault'
}
