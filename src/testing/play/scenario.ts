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
   * A simulated store: it takes as long as `sink a` lines say, fails at `#`, and its records appear in the line `sink`. Without
   * such lines it writes at once.
   */
  readonly sink: TestSink
}

/** The pipeline under test: the user's own function, unchanged. */
export type Pipeline = (consumer: Consumer, tools: PipelineTools) => Observable<unknown>

/** Why a request fails: Kafka's name of an error code, or a connection that breaks. */
export type RequestFault = Exclude<keyof typeof errorCode, 'NONE'> | 'disconnect'

/** The settings of one member that differ from the scenario's. */
export interface ScenarioMember {
  readonly pipeline?: Pipeline
  readonly config?: Partial<ConsumerConfig>
}

/** The content of a scenario's record. */
export type ScenarioRecord = Partial<Omit<ProducerRecord, 'topic' | 'partition'>>

/** What a written record has to be besides its value. Omitted fields are not compared. */
export interface ExpectedWrite {
  readonly key?: unknown
  /** Header values by name; other headers may be there. */
  readonly headers?: Readonly<Record<string, unknown>>
  readonly partition?: number
  /** The timestamp that the pipeline sets, as ms since 1970 or a `Date`. */
  readonly timestamp?: number | Date
  /** The confirmation that its producer waits for. */
  readonly acks?: 0 | 1 | 'all'
}

/** The settings of a scenario besides its diagram. */
export interface Scenario {
  /** The pipeline of every member. */
  readonly pipeline: Pipeline
  /**
   * Properties of every member, which take precedence over the library's defaults and these: `group.id` is `group`,
   * `auto.offset.reset` is `earliest`, `heartbeat.interval.ms` is three columns (at most 3 s), and it subscribes to all topics
   * of the diagram.
   */
  readonly config?: Partial<ConsumerConfig>
  /**
   * Settings of single members, by their names in the diagram. A function is called for each life of the member, with its
   * number from 1 on, and returns the settings of that life: for objects that a restarted process creates again, such as the
   * offsets of its store.
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
   * The content of records by letter: the same each time that the letter is written, or a function of the number of the record,
   * from 1.
   *
   * @default key and value are the letter
   * @example
   * records: { a: { key: 'anna' }, b: (n) => ({ key: `customer-${n % 3}`, value: String(n) }) }
   */
  readonly records?: Readonly<Record<string, ScenarioRecord | ((nth: number) => ScenarioRecord)>>
  /** Topics besides those of the diagram, with their numbers of partitions. */
  readonly topics?: Readonly<Record<string, number>>
  /** The faults of the letters in `fails` lines. `x` is always a broken connection. */
  readonly faults?: Readonly<Record<string, RequestFault>>
  /**
   * The expected values of letters: the value that was written (`writes`), that is in the sink (`sink`), or that the test puts
   * into a line of its own (`mark`). Bytes are compared as text, or as JSON if the expected value is not a text. A different
   * value is shown as `?`, and the message shows the difference. Without an entry, a `writes` line shows a copied record as its
   * letter, and anything else as the first character of its value; the rest is not compared.
   *
   * @example
   * values: { A: { id: 'a', price: 12 }, B: { id: 'b', price: 7 } }
   */
  readonly values?: Readonly<Record<string, unknown>>
  /**
   * The expected key, headers, partition, timestamp and `acks` of the records that `writes` lines show, by letter. Keys and
   * headers are compared as `values` are. Omitted fields are not compared; a letter without an entry is warned of.
   *
   * @example
   * written: { A: { key: 'anna', headers: { source: 'shop' } } }
   */
  readonly written?: Readonly<Record<string, ExpectedWrite>>
  /** Which events an `events` line shows, by their letter. */
  readonly events?: Readonly<Record<string, ConsumerEvent['_tag']>>
  /**
   * Ends with a check that every record has reached the sink or is a confirmed dead letter: all faults end, and a new member
   * reads what the group has not committed. A record that was committed and never written is lost, and the test fails. An
   * object adds further requirements: order, and no duplicates.
   *
   * @default false
   */
  readonly losesNothing?: boolean | HistoryChecks
}
