import type { ConsumerConfig } from '../../config/consumer-config.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import { refuseWrong } from '../../model/check-arguments.js'
import type { CommitEvent } from '../../model/commit-event.js'
import type { Committed } from '../../model/committed.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import type { RecordPlace } from '../../model/record-place.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import { consumer, type Consumer } from '../../sources/consumer/consumer.js'
import type { LeaveOptions } from '../../sources/consumer/leave-options.js'
import { problemsWithPipelined } from '../arguments/problems-with-scenario.js'
import type { RecordLine } from '../diagram/line-label.js'
import { originalPlace } from './original-place.js'
import { type Lettered, type Letters, unknownLetter } from './letters.js'
import { recordedConsumer, type ConsumerWatcher } from './recorded-consumer.js'
import { RecordedMember } from './recorded-member.js'
import type { AttemptOutcome, RecordedAck } from './recorded-record.js'
import type { Recorder } from './recorder.js'
import type { Pipeline, PipelineTools } from './scenario.js'
import type { TestSink } from './test-sink.js'
import { readText } from './compare-value.js'

/** What one life of a member is created from. */
export interface MemberSetting {
  readonly name: string
  readonly cluster: Cluster
  readonly pipeline: Pipeline
  readonly config: ConsumerConfig
  readonly sink: TestSink
  readonly sinkTaken: () => void
  readonly letters: Letters
  readonly recorder: Recorder
  /** The letter of an event in the diagram; undefined if the diagram does not show it. */
  readonly eventLetter: (tag: ConsumerEvent['_tag']) => string | undefined
  /** The topic's name in the diagram. */
  readonly topicName: (topic: string) => string
}

/** What a pipeline may use besides its consumer. */
export const toolsOf = ({
  cluster,
  name,
  sink,
  sinkTaken
}: Pick<MemberSetting, 'cluster' | 'name' | 'sink' | 'sinkTaken'>): PipelineTools => ({
  cluster,
  member: name,
  get sink() {
    sinkTaken()
    return sink
  }
})

/** One life of a member of a scenario, from its subscription to its end; everything that can be seen of it is recorded. */
export class StageMember extends RecordedMember<DrainReport, LeaveOptions> implements ConsumerWatcher {
  readonly consumer: Consumer
  readonly acks: RecordedAck[] = []
  /** its ID in the group, after it has joined */
  memberId: string | null = null
  private readonly setting: MemberSetting
  /** the unsettled records when its code called `close` */
  private readonly closedOver: RecordedAck[] = []

  constructor(setting: MemberSetting) {
    super(setting.name, setting.recorder)
    this.setting = setting
    const { cluster, pipeline, config, name } = setting
    const inner = this.watchClose(consumer(cluster, config))
    this.life.watchDrain(inner)
    this.consumer = recordedConsumer(inner, this)
    this.life.subscription.add(
      inner.rebalances.subscribe((event) => {
        this.rebalanced(event)
      })
    )
    this.life.subscription.add(
      inner.commits.subscribe((event) => {
        this.committed(event)
      })
    )
    this.life.subscription.add(
      inner.events.subscribe((event) => {
        this.life.heard(event, setting.eventLetter(event._tag))
      })
    )
    const pipelined: unknown = pipeline(this.consumer, toolsOf(setting))
    refuseWrong(problemsWithPipelined(name, pipelined))
    const completed = (): '|' | '!' => (this.closedOver.some(({ isSettled }) => !isSettled) ? '!' : '|')
    this.life.follow(pipelined as ReturnType<Pipeline>, completed)
  }

  get kind(): 'consumer' {
    return 'consumer'
  }
  /** Only share consumers have one. */
  get shareReport(): null {
    return null
  }
  /** The report of its last drain. */
  get report(): DrainReport | null {
    return this.life.report
  }
  /** Drains it; the result is `report`. */
  drain(): void {
    void this.consumer.drain()
  }

  stream(partition: PartitionStream, char: string): void {
    this.life.note({ _tag: 'stream', member: this.name, place: this.placeOf(partition) }, char)
  }
  delivered(ack: RecordedAck): void {
    this.acks.push(ack)
    const { record } = ack
    const { key, value } = record
    const lettered = this.setting.letters.delivered(this.firstPlaceOf(record), key, value)
    const text = lettered.letter === unknownLetter ? `${readText(key)}: ${readText(value)}` : undefined
    this.noteRecord('stream', record, lettered, text)
  }
  settled(record: ConsumerRecord): void {
    this.noteRecord('acks', record, this.lettered(record))
  }
  failed(cause: unknown): void {
    this.life.attemptFailed(cause)
  }
  begins(record: ConsumerRecord): void {
    this.life.begins(this.lettered(record))
  }
  ends(record: ConsumerRecord): (outcome: AttemptOutcome) => void {
    return this.life.ends(this.lettered(record))
  }

  /** The record's letter in the diagram. */
  letterOf(record: TopicPartition & { readonly offset: bigint }): string {
    return this.lettered(record).letter
  }

  private lettered(record: TopicPartition & { readonly offset: bigint }): Lettered {
    const { topic, partition, offset } = this.firstPlaceOf(record)
    return this.setting.letters.of(topic, partition, offset)
  }

  /** The original place, with the diagram's topic name. */
  private firstPlaceOf(record: RecordPlace): RecordPlace {
    const first = originalPlace(record)
    return { ...first, topic: this.setting.topicName(first.topic) }
  }

  /** Its unsettled records decide how it has ended, whether the diagram or its own code closes it. */
  private watchClose(inner: Consumer): Consumer {
    const close = inner.close.bind(inner)
    inner.close = (options) => {
      this.closedOver.push(...this.acks.filter((ack) => !ack.isSettled && !ack.isStale()))
      return close(options)
    }
    return inner
  }

  private rebalanced(event: RebalanceEvent): void {
    if (event._tag === 'assigned') this.memberId = event.rebalance?.memberId ?? null
    const chars = { assigned: 'A', revoking: 'r', revoked: 'R', lost: 'L' } as const
    this.life.note({ _tag: 'rebalances', member: this.name }, chars[event._tag])
  }

  /** One of its transactions has committed offsets. */
  stored(offsets: readonly Committed[]): void {
    this.noteOffsets('commits', offsets)
  }

  private committed({ _tag, offsets }: CommitEvent): void {
    this.noteOffsets(_tag === 'stored' ? 'commits' : 'refused', offsets)
  }

  private noteOffsets(line: 'commits' | 'refused', offsets: readonly Committed[]): void {
    for (const offset of offsets) {
      const named: Committed = { ...offset, topic: this.setting.topicName(offset.topic) }
      this.noteRecord(line, offset, this.setting.letters.below(named))
    }
  }

  private placeOf({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.setting.topicName(topic), partition }
  }

  private noteRecord(
    line: RecordLine | 'stream',
    place: TopicPartition,
    { letter, nth }: Lettered,
    value?: string
  ): void {
    this.life.note({ _tag: line, member: this.name, place: this.placeOf(place) }, letter, nth, value)
  }
}
