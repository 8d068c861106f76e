import type { Observable } from 'rxjs'
import type { ConsumerConfig } from '../../config/consumer-config.js'
import type { errorCode } from '../../core/protocol/error-code.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import type { Cluster } from '../../ports/cluster.js'
import type { Consumer } from '../../sources/consumer/consumer.js'
import type { HistoryChecks } from './history-checks.js'
import type { TestSink } from './test-sink.js'

/** What a pipeline under test may use besides its consumer. */
export interface PipelineTools {
  /** The cluster as the member sees it: for `produceTo` and `deadLetter`. */
  readonly cluster: Cluster
  /** The member's name in the diagram. */
  readonly member: string
  /**
   * A simulated store: it takes as long as `sink a` lines say, fails where they say `#`, and shows what
   * it has got in the line `sink`. Without such a line it writes at once.
   */
  readonly sink: TestSink
}

/** The pipeline under test: the user's own function, unchanged. */
export type Pipeline = (consumer: Consumer, tools: PipelineTools) => Observable<unknown>

/** Why a request fails: Kafka's name of an error code, or a connection that breaks. */
export type RequestFault = Exclude<keyof typeof errorCode, 'NONE'> | 'disconnect'

/** What a member runs, where it is another than the scenario's. */
export interface ScenarioMember {
  readonly pipeline?: Pipeline
  readonly config?: Partial<ConsumerConfig>
}

/** A record of a scenario, apart from where it is written to. */
export type ScenarioRecord = Partial<Omit<ProducerRecord, 'topic' | 'partition'>>

/** Everything about a scenario that its diagram does not say. */
export interface Scenario {
  /** What every member runs. */
  readonly pipeline: Pipeline
  /**
   * Properties of every member, over the library's own defaults and these: `group.id` is `group`, `auto.offset.reset` is
   * `earliest`, `heartbeat.interval.ms` is three columns (3 s at most), and it subscribes to all topics of the diagram.
   */
  readonly config?: Partial<ConsumerConfig>
  /**
   * What is another for one member, by its name in the diagram. A function makes it anew for each of its lives, which it gets
   * counted from 1 on: for what a process that starts again needs for itself, such as the offsets of its store.
   *
   * @example
   * members: {
   *   one: () => {
   *     const offsets = store.offsets('billing')
   *     return { config: { startFrom: offsets.startFrom }, pipeline: filling(offsets) }
   *   }
   * }
   */
  readonly members?: Readonly<Record<string, ScenarioMember | ((life: number) => ScenarioMember)>>
  /**
   * What records are, by their letter: the same each time that it is written, or a function that gets which time that is, from
   * 1 on.
   *
   * @default key and value are the letter
   * @example
   * records: { a: { key: 'anna' }, b: (n) => ({ key: `customer-${n % 3}`, value: String(n) }) }
   */
  readonly records?: Readonly<Record<string, ScenarioRecord | ((nth: number) => ScenarioRecord)>>
  /** Topics besides those of the diagram, and how many partitions they have. */
  readonly topics?: Readonly<Record<string, number>>
  /** What the letters of `fails` lines mean. `x` is always a connection that breaks. */
  readonly faults?: Readonly<Record<string, RequestFault>>
  /**
   * What letters have to stand for: the value that was written (`writes`), that the sink has got (`sink`), or that the test
   * puts into a line of its own with it (`mark`). Bytes are read as text, or as JSON where something else is expected. What
   * is another value is shown as `?`, and the message says in what it differs. Without it a `writes` line shows what was
   * copied from a record as its letter, anything else as the first character of its value, and the rest is not compared.
   *
   * @example
   * values: { A: { id: 'a', price: 12 }, B: { id: 'b', price: 7 } }
   */
  readonly values?: Readonly<Record<string, unknown>>
  /**
   * What else has to be right about the records that `writes` lines show, by their letters: their key, their partition, headers.
   * Keys and headers are read as `values` are. What is left out here is not compared, so neither is the key of a letter that is
   * not named here.
   *
   * @example
   * written: { A: { key: 'anna', headers: { source: 'shop' } } }
   */
  readonly written?: Readonly<
    Record<
      string,
      { readonly key?: unknown; readonly partition?: number; readonly headers?: Readonly<Record<string, unknown>> }
    >
  >
  /** Which events an `events` line shows, by their letter. */
  readonly events?: Readonly<Record<string, ConsumerEvent['_tag']>>
  /**
   * Ends with a check that every record has reached the sink of the stage or is a confirmed dead letter: what is broken is
   * healed, and a new member reads what the group has not committed. What was committed and never written is lost, and the
   * test fails with it. What else has to hold, order and nothing twice, is said by an object.
   *
   * @default false
   */
  readonly losesNothing?: boolean | HistoryChecks
}
