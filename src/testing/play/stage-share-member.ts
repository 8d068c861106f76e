import { Subscription } from 'rxjs'
import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import { refuseWrong } from '../../model/check-arguments.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Committed } from '../../model/committed.js'
import type { RecordFate, ShareDrainReport } from '../../model/share-drain-report.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { LockChange } from '../../sources/memory/share-partition.js'
import { shareConsumer, type ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import { problemsWithPipelined } from '../arguments/problems-with-scenario.js'
import type { RecordLine } from '../diagram/line-label.js'
import type { Lettered } from './letters.js'
import { type RecordedShareAck, recordedShareConsumer, type ShareConsumerWatcher } from './recorded-share-consumer.js'
import type { AttemptOutcome } from './recorded-record.js'
import type { Happening, Recorder } from './recorder.js'
import type { SharePipeline } from './share-scenario.js'
import type { MemberSetting } from './stage-member.js'
import { type LockWatcher, watchedShares } from './watched-shares.js'

/** What one life of a member of a share group is made of. */
export interface ShareMemberSetting extends Omit<MemberSetting, 'pipeline' | 'config'> {
  readonly pipeline: SharePipeline
  readonly config: ShareConsumerConfig
  /** The brokers say what becomes of its locks; else it goes by what the member learns. */
  readonly seesLocks: boolean
}

/** The lines that show how locks go on, and end. */
const lineOf = {
  renewed: 'renews',
  accepted: 'accepts',
  rejected: 'rejects',
  released: 'releases',
  expired: 'expires',
  archived: 'archives'
} as const satisfies Record<LockChange, RecordLine>

const changeOf = { accept: 'accepted', release: 'released', reject: 'rejected' } as const

/** A delivery count as one character. */
const countChar = (count: number): string => (count > 9 ? '+' : String(count))

/** One life of a member of a share group, from its subscription to its end; everything that can be seen of it is recorded. */
export class StageShareMember implements ShareConsumerWatcher, LockWatcher {
  readonly acks: RecordedShareAck[] = []
  /** When its pipeline came to its end by itself. */
  endedAt: number | null = null
  /** What the pipeline failed with. */
  failure: { readonly error: unknown } | null = null
  /** What its last drain came to. */
  shareReport: ShareDrainReport | null = null
  /** records whose lock was lost since they were delivered last */
  private readonly lost = new Set<string>()
  private readonly inner: ShareConsumer
  private readonly setting: ShareMemberSetting
  private readonly subscription = new Subscription()
  private readonly output = new Subscription()
  private draining: Promise<ShareDrainReport> | null = null
  private readonly end = { isOver: false, isCrashed: false, isUnsubscribed: false, memberId: null as string | null }

  constructor(setting: ShareMemberSetting) {
    this.setting = setting
    const { pipeline, config, name, sink } = setting
    const cluster = watchedShares(setting.cluster, this)
    this.inner = this.watchDrain(shareConsumer(cluster, config))
    this.subscription.add(
      this.inner.events.subscribe(({ _tag }) => {
        const letter = setting.eventLetter(_tag)
        if (letter !== undefined) this.note({ _tag: 'events', member: name }, letter)
      })
    )
    const pipelined: unknown = pipeline(recordedShareConsumer(this.inner, this), { cluster, member: name, sink })
    refuseWrong(problemsWithPipelined(name, pipelined))
    this.output.add(
      (pipelined as ReturnType<SharePipeline>).subscribe({
        error: (error: unknown) => {
          this.failure = { error }
          this.over('#')
        },
        complete: () => {
          if (this.draining === null) this.over('|')
          else
            void this.draining.then(({ outcome }) => {
              this.over(outcome === 'drained' ? '|' : '!')
            })
        }
      })
    )
  }

  get kind(): 'share' {
    return 'share'
  }
  /** That of a consumer. */
  get report(): null {
    return null
  }
  get name(): string {
    return this.setting.name
  }
  get isOver(): boolean {
    return this.end.isOver
  }
  get isCrashed(): boolean {
    return this.end.isCrashed
  }
  /** As the group knows it, once it has joined. */
  get memberId(): string | null {
    return (this.end.memberId = this.inner.status().memberId ?? this.end.memberId)
  }

  /** Ends it properly; what came of it is `shareReport`. */
  drain(): void {
    void this.inner.drain()
  }

  /** Unsubscribes from the pipeline. */
  unsubscribe(): void {
    this.end.isUnsubscribed = true
    this.output.unsubscribe()
    this.end.isOver = true
  }

  /** The process is gone: nothing of it is seen any more, and nothing is unsubscribed from. */
  crash(): void {
    this.end.isCrashed = true
    this.end.isOver = true
    this.subscription.unsubscribe()
  }

  /** A share group has no transactions. */
  stored(): void {
    // Nothing to show.
  }

  /** Letters of the records that were delivered, and neither acknowledged nor given back, though nothing had gone wrong. */
  get neverSettled(): readonly string[] {
    return this.acks
      .filter(({ isSettled, isRefused, record }) => !isSettled && !isRefused && !this.lost.has(keyOf(record)))
      .map(({ record }) => this.letterOf(record))
  }

  acquired({ topic, partition }: TopicPartition, offset: bigint): void {
    this.noteRecord('acquires', { topic, partition, offset })
  }
  lockEnded({ topic, partition }: TopicPartition, offset: bigint, fate: RecordFate): void {
    const record = { topic, partition, offset }
    if (fate !== 'lost') {
      if (!this.setting.seesLocks) this.lockChanged(record, changeOf[fate])
      return
    }
    this.lost.add(keyOf(record))
    if (!this.end.isCrashed) this.noteRecord('loses', record)
  }
  /** What the brokers do with a member's locks is shown also after the member's death. */
  lockChanged(place: Committed, change: LockChange): void {
    this.noteRecord(lineOf[change], place)
  }

  delivered(ack: RecordedShareAck): void {
    this.acks.push(ack)
    const { record } = ack
    const { partition, offset, key, value, deliveryCount } = record
    this.lost.delete(keyOf(record))
    const { letters, topicName } = this.setting
    const { letter, nth } = letters.delivered({ topic: topicName(record.topic), partition, offset }, key, value)
    const place = this.placeOf(record)
    this.note({ _tag: 'stream', member: this.name, place }, letter, nth)
    this.note({ _tag: 'counts', member: this.name, place }, countChar(deliveryCount ?? 0))
  }
  settled(record: ConsumerRecord): void {
    if (!this.end.isCrashed) this.noteRecord('acks', record)
  }
  begins(record: ConsumerRecord): void {
    this.note({ _tag: 'handles', member: this.name, ...this.lettered(record) }, '^')
  }
  ends(record: ConsumerRecord): (outcome: AttemptOutcome) => void {
    const noted = this.note({ _tag: 'handles', member: this.name, ...this.lettered(record) }, '!')
    return (outcome) => {
      if (noted !== null) noted.outcome = this.end.isUnsubscribed && outcome === 'failed' ? 'abandoned' : outcome
    }
  }

  /** Shown as the diagram calls it. */
  letterOf(record: Committed): string {
    return this.lettered(record).letter
  }

  private lettered({ topic, partition, offset }: Committed): Lettered {
    return this.setting.letters.of(this.setting.topicName(topic), partition, offset)
  }

  /** Whoever drains it, the diagram or its own code: how that ends is its end. */
  private watchDrain(inner: ShareConsumer): ShareConsumer {
    const drain = inner.drain.bind(inner)
    inner.drain = (options) => {
      const draining = drain(options)
      this.draining = draining
      void draining.then(
        (report) => {
          this.shareReport = report
        },
        // Options that are refused are for who gave them.
        () => undefined
      )
      return draining
    }
    return inner
  }

  private over(char: '|' | '!' | '#'): void {
    this.end.isOver = true
    this.endedAt = this.setting.recorder.now()
    this.note({ _tag: 'ends', member: this.name }, char)
  }

  private placeOf({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.setting.topicName(topic), partition }
  }

  private noteRecord(line: RecordLine, record: Committed): void {
    const { letter, nth } = this.lettered(record)
    this.setting.recorder.note({ _tag: line, member: this.name, place: this.placeOf(record) }, letter, nth)
  }

  private note(line: Parameters<Recorder['note']>[0], char: string, nth?: number): Happening | null {
    return this.end.isCrashed ? null : this.setting.recorder.note(line, char, nth)
  }
}

const keyOf = ({ topic, partition, offset }: Committed): string => `${topic}/${String(partition)} ${String(offset)}`
