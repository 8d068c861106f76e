import type { Observable } from 'rxjs'
import type { ConsumerEvent } from '../model/consumer-event.js'
import { describeConsumerEvent } from '../observability/consumer-notices.js'
import { describeClusterEvent } from '../observability/cluster-notices.js'
import type { Notice } from '../observability/notice.js'
import type { Cluster } from '../ports/cluster.js'

type Say = (line: string) => void

/** Prints connection events, so that a command does not wait for a broker silently. */
export const printConnectionEvents = (cluster: Cluster, say: Say): void => {
  cluster.events.subscribe((event) => {
    sayNotice(describeClusterEvent(event), say)
  })
}

/** Prints the events that keep a command's consumer from reading, except those of its connections. */
export const printProblems = ({ events }: { readonly events: Observable<ConsumerEvent> }, say: Say): void => {
  events.subscribe((event) => {
    if (!saidElsewhere.has(event._tag === 'recovered' ? event.from : event._tag))
      sayNotice(describeConsumerEvent(event), say)
  })
}

/** Events that `printConnectionEvents` prints, or the command itself at its end. */
const saidElsewhere: ReadonlySet<string> = new Set([
  'reconnecting',
  'throttled',
  'skipped',
  'pipeline failed',
  'pipeline ended',
  'stopped'
])

const sayNotice = ({ level, what, why }: Notice, say: Say): void => {
  if (level !== 'debug') say(`${what.text}${why.text}`)
}
