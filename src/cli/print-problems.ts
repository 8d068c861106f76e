import type { Observable } from 'rxjs'
import type { ConsumerEvent } from '../model/consumer-event.js'
import { describeConsumerEvent } from '../observability/consumer-notices.js'
import { describeClusterEvent } from '../observability/cluster-notices.js'
import type { Notice } from '../observability/notice.js'
import type { Cluster } from '../ports/cluster.js'

type Say = (line: string) => void

/** Says what becomes of connections: a command that waits for a broker is not silent. */
export const printConnectionEvents = (cluster: Cluster, say: Say): void => {
  cluster.events.subscribe((event) => {
    sayNotice(describeClusterEvent(event), say)
  })
}

/** Says what keeps a consumer of a command from reading; its connections are the cluster's to report. */
export const printProblems = ({ events }: { readonly events: Observable<ConsumerEvent> }, say: Say): void => {
  events.subscribe((event) => {
    if (!saidElsewhere.has(event._tag === 'recovered' ? event.from : event._tag))
      sayNotice(describeConsumerEvent(event), say)
  })
}

/** By the cluster, or by the command itself when it ends. */
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
