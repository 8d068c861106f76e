import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import { refuseWrong } from '../../model/check-arguments.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Committed } from '../../model/committed.js'
import type { RecordFate, ShareDrainReport } from '../../model/share-drain-report.js'
import type { ShareStatus } from '../../model/share-status.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { LockChange } from '../../sources/memory/share-partition.js'
import type { ShareLeaveOptions } from '../../sources/consumer/share/cluster-share-consumer.js'
import { shareConsumer, type ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import { problemsWithPipelined } from '../arguments/problems-with-scenario.js'
import type { RecordLine } from '../diagram/line-label.js'
import type { Lettered } from './letters.js'
import { type RecordedShareAck, recordedShareConsumer, type ShareConsumerWatcher } from './recorded-share-consumer.js'
import { RecordedMember } from './recorded-member.js'
import type { AttemptOutcome } from './recorded-record.js'
import type { SharePipeline } from './share-scenario.js'
import { type MemberSetting, toolsOf } from './stage-member.js'
import { type LockWatcher, watchedShares } from './watched-shares.js'

/** What one life of a share group's member is created from. */
export interface ShareMemberSetting extends Omit<MemberSetting, 'pipeline' | 'config'> {
  readonly pipeline: SharePipeline
  readonly config: ShareConsumerConfig
  /** whether the brokers report the fate of its locks; otherwise the member's own knowledge counts */
  readonly seesLocks: boolean
}

/** The lines that show the changes and ends of locks. */
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

/** One life of a share group's member, from its subscription to its end. Records all of its events. */
export class StageShareMember
  extends RecordedMember<ShareDrainReport, ShareLeaveOptions>
  implements ShareConsumerWatcher, LockWatcher
{
  readonly acks: RecordedShareAck[] = []
  /** records that lost their lock after their last delivery */
  private readonly lost = new Set<string>()
  private readonly inner: ShareConsumer
  private readonly setting: ShareMemberSetting
  private knownId: string | null = null

  constructor(setting: ShareMemberSetting) {
    super(setting.name, setting.recorder)
    this.setting = setting
    const { pipeline, config, name } = setting
    const cluster = watchedShares(setting.cluster, this)
    this.inner = shareConsumer(cluster, config)
    this.life.watchDrain(this.inner)
    this.life.subscription.add(
      this.inner.events.subscribe((event) => {
        this.life.heard(event, setting.eventLetter(event._tag))
      })
    )
    const pipelined: unknown = pipeline(recordedShareConsumer(this.inner, this), toolsOf({ ...setting, cluster }))
    refuseWrong(problemsWithPipelined(name, pipelined))
    this.life.follow(pipelined as ReturnType<SharePipeline>, () => '|')
  }

  get kind(): 'share' {
    return 'share'
  }
  /** Only consumers have one. */
  get report(): null {
    return null
  }
  /** The report of its last drain. */
  get shareReport(): ShareDrainReport | null {
    return this.life.report
  }
  /** Its ID in the group, after it has joined. */
  get memberId(): string | null {
    return (this.knownId = this.inner.status().memberId ?? this.knownId)
  }

  /** What it does now. */
  get status(): ShareStatus {
    return this.inner.status()
  }

  /** Drains it; the result is `shareReport`. */
  drain(): void {
    void this.inner.drain()
  }

  /** A share group has no transactions. */
  stored(): void {
    // Nothing to show.
  }

  /** The letters of delivered records that were neither acknowledged nor given back, though nothing went wrong. */
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
    if (!this.isCrashed) this.noteRecord('loses', record)
  }
  /** Changes of a member's locks are recorded even after its death. */
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
    this.life.note({ _tag: 'stream', member: this.name, place }, letter, nth)
    this.life.note({ _tag: 'counts', member: this.name, place }, countChar(deliveryCount ?? 0))
  }
  settled(record: ConsumerRecord): void {
    if (!this.isCrashed) this.noteRecord('acks', record)
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
  letterOf(record: Committed): string {
    return this.lettered(record).letter
  }

  private lettered({ topic, partition, offset }: Committed): Lettered {
    return this.setting.letters.of(this.setting.topicName(topic), partition, offset)
  }

  private placeOf({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.setting.topicName(topic), partition }
  }

  private noteRecord(line: RecordLine, record: Committed): void {
    const { letter, nth } = this.lettered(record)
    this.setting.recorder.note({ _tag: line, member: this.name, place: this.placeOf(record) }, letter, nth)
  }
}

const keyOf = ({ topic, partition, offset }: Committed): string => `${topic}/${String(partition)} ${String(offset)}`
