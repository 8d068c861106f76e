import type { TopicIdPartition } from '../../src/core/group/consumer-protocol/topic-id-partition.js'
import { BrokerModel } from '../../src/sources/memory/broker-model.js'
import type { ConsumerGroup } from '../../src/sources/memory/consumer-group.js'
import type { FaultyApi } from '../../src/sources/memory/fault-on-demand.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'
import type { ConsumerSession } from '../../src/ports/consumer-session.js'
import type { KafkaCalls } from '../../src/ports/kafka-calls.js'
import type { SessionContext } from '../../src/engine/session-context.js'
import { VirtualClock } from '../support/virtual-clock.js'
import {
  type Happening,
  type HistoryEvent,
  type LoggedPartition,
  type LoggedRecord,
  type Place,
  placeOf,
  type Truth
} from './history.js'
import type { Weather } from './network.js'

export const group = 'billing'

/** A planted bug that sits between a consumer and its session, or between a session and the broker. */
export interface Sabotage {
  readonly calls?: (calls: KafkaCalls) => KafkaCalls
  readonly session?: (context: SessionContext, open: (context: SessionContext) => ConsumerSession) => ConsumerSession
  /** Handles in no order whatever was asked for. */
  readonly unordered?: boolean
}

/** How long handlers take. */
export type Pace = 'fast' | 'mixed' | 'slow'

const apis: readonly FaultyApi[] = [
  'Metadata',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'ConsumerGroupHeartbeat',
  'DescribeGroups',
  'OffsetCommit',
  'OffsetFetch',
  'ListOffsets',
  'Fetch',
  'OffsetForLeaderEpoch'
]

/** A session is as long as members assume: nine heartbeats. */
const rulesOfConsumerGroups = { heartbeatIntervalMs: 300, sessionTimeoutMs: 2_700 }

/** The cluster, the network and the clock of one schedule, and the book of what happens. */
export class World {
  readonly clock = new VirtualClock()
  readonly model = new BrokerModel(this.clock, rulesOfConsumerGroups)
  readonly history: HistoryEvent[] = []
  readonly weather: Weather
  readonly sabotage: Sabotage
  /** what the broker gave each member last */
  readonly given = new Map<string, readonly Place[]>()
  readonly memberNames = new Map<string, string>()
  pace: Pace = 'mixed'
  private readonly topics: readonly string[]
  private readonly lastRecords = new Map<Place, number>()
  /** up to where members have sought */
  private readonly sought = new Map<Place, number>()
  /** of topics that were deleted, the logs of each in turn */
  private readonly former = new Map<string, (readonly LoggedPartition[])[]>()
  private readonly random: () => number
  private serials = { stream: 0, delivery: 0, value: 0 }
  private producers = 0n

  constructor(seed: number, topics: ReadonlyMap<string, number>, maxLatencyMs: number, sabotage: Sabotage) {
    this.random = seededRandom(seed)
    this.weather = { random: this.random, maxLatencyMs, losses: 0, slow: new Map() }
    this.sabotage = sabotage
    this.topics = [...topics.keys()]
    for (const [topic, partitions] of topics) if (partitions > 0) this.model.createTopic(topic, partitions)
    this.watchConsumers()
  }

  /** All partitions that there are. */
  get partitions(): readonly TopicPartition[] {
    return this.topics.flatMap((topic) =>
      Array.from({ length: this.model.partitionsOf(topic) }, (_, partition) => ({ topic, partition }))
    )
  }

  note(happening: Happening): void {
    this.history.push(Object.assign(happening, { at: this.clock.now() }))
  }

  newStream(): number {
    return this.serials.stream++
  }
  newDelivery(): number {
    return this.serials.delivery++
  }

  workMs(): number {
    const { random } = this
    switch (this.pace) {
      case 'fast':
        return Math.floor(random() * 10)
      case 'mixed':
        return Math.floor(random() < 0.05 ? random() * 1_000 : random() * 50)
      case 'slow':
        return Math.floor(random() < 0.3 ? random() * 2_000 : random() * 200)
    }
  }

  /** One batch; under a transaction its marker takes an offset too. */
  produce(partition: TopicPartition, count: number, transaction: 'none' | 'commit' | 'abort'): void {
    if (this.model.log(partition) === undefined) return
    const place = placeOf(partition)
    const timestamp = this.clock.wallTime()
    const records = Array.from({ length: count }, () => ({
      key: bytes(`k${String(Math.floor(this.random() * 4))}`),
      value: bytes(`v${String(++this.serials.value)}`),
      headers: [],
      timestamp
    }))
    const producerId = transaction === 'none' ? undefined : ++this.producers
    const base = Number(this.model.append(partition, records, producerId) ?? -1n)
    if (producerId !== undefined && transaction !== 'none')
      this.model.endTransaction(partition, producerId, transaction)
    this.lastRecords.set(place, base + count - 1)
    this.note({ what: 'produced', place, offset: base, count })
  }

  /** Makes the topic, or one more partition of it. */
  grow(topic: string): void {
    this.model.createTopic(topic, this.model.partitionsOf(topic) + 1)
  }

  /** Another topic takes the name after a while. */
  recreate(topic: string, partitions: number, afterMs: number): void {
    if (this.model.partitionsOf(topic) === 0) return
    const logs = this.partitions.filter((partition) => partition.topic === topic)
    this.former.set(topic, [...(this.former.get(topic) ?? []), logs.map((partition) => this.logged(partition))])
    for (const partition of logs) {
      this.lastRecords.delete(placeOf(partition))
      this.sought.delete(placeOf(partition))
    }
    this.model.deleteTopic(topic)
    this.note({ what: 'recreated', topic })
    const create = (): void => {
      this.model.createTopic(topic, partitions)
    }
    if (afterMs === 0) create()
    else this.clock.schedule(afterMs, create)
  }

  /** A member goes on there: what it passes over need not be read. */
  seeks(place: Place, offset: number): void {
    this.sought.set(place, Math.max(offset, this.sought.get(place) ?? 0))
  }

  /** No fault that was asked for is left. */
  heal(): void {
    this.weather.losses = 0
    this.weather.slow.clear()
    for (const api of apis) while (this.model.takeFault(api) !== undefined);
  }

  /** Of a partition as the consumer protocol names it. */
  readonly placeOf = ({ topicId, partition }: TopicIdPartition): Place =>
    placeOf({ topic: this.model.topics.find((topic) => this.model.idOf(topic) === topicId) ?? topicId, partition })

  membersInGroup(): readonly string[] {
    return this.model.describeGroup(group).members.map(({ memberId }) => this.memberNames.get(memberId) ?? memberId)
  }

  committed(partition: TopicPartition): number | null {
    const stored = this.model.storedOffset(group, partition)
    return stored === undefined ? null : Number(stored.offset)
  }

  logEnd(partition: TopicPartition): number {
    return Number(this.model.log(partition)?.logEnd ?? 0n)
  }

  /** Nothing is left to be read. */
  get isRead(): boolean {
    return this.partitions.every((partition) => {
      const last = this.lastRecords.get(placeOf(partition)) ?? -1
      return (this.committed(partition) ?? 0) > last || last < (this.sought.get(placeOf(partition)) ?? 0)
    })
  }

  /** Nothing is left to be read, and the group has settled with these members. */
  isAtRest(members: readonly string[]): boolean {
    if (!this.isRead) return false
    const { state } = this.model.describeGroup(group)
    return state === 'Stable' && [...this.membersInGroup()].sort().join() === [...members].sort().join()
  }

  truth(timersLeft: number): Truth {
    return {
      logs: new Map(this.topics.flatMap((topic) => this.logsOf(topic))),
      committed: new Map(this.partitions.map((partition) => [placeOf(partition), this.committed(partition)])),
      timersLeft,
      roundTripMs: 2 * this.weather.maxLatencyMs + 2
    }
  }

  private watchConsumers(): void {
    const { consumers } = this.model.consumers(group)
    const takeOver = consumers.takeOver.bind(consumers)
    consumers.takeOver = (converted) => {
      const held = converted.members.map(
        ({ id, assigned }) => [this.memberNames.get(id) ?? id, assigned.map(placeOf)] as const
      )
      this.note({ what: 'converted', held: new Map(held) })
      takeOver(converted)
    }
    const members = (consumers as unknown as { readonly group: ConsumerGroup }).group
    const fence = members.fence.bind(members)
    members.fence = (member) => {
      this.note({ what: 'fenced', member: this.memberNames.get(member.id) ?? member.id })
      fence(member)
    }
  }

  private logsOf(topic: string): readonly (readonly [Place, readonly (LoggedPartition | null)[]])[] {
    const present = this.partitions
      .filter((partition) => partition.topic === topic)
      .map((partition) => this.logged(partition))
    const lives = [...(this.former.get(topic) ?? []), present]
    return Array.from({ length: Math.max(...lives.map((logs) => logs.length)) }, (_, partition) => [
      placeOf({ topic, partition }),
      lives.map((logs) => logs[partition] ?? null)
    ])
  }

  private logged(partition: TopicPartition): LoggedPartition {
    return {
      end: this.logEnd(partition),
      records: (this.model.log(partition)?.records() ?? []).map(({ offset, key, value }): LoggedRecord => ({
        offset: Number(offset),
        key: key === null ? '' : text.decode(key),
        value: value === null ? '' : text.decode(value)
      }))
    }
  }
}

const encoder = new TextEncoder()
const text = new TextDecoder()
const bytes = (value: string): Uint8Array => encoder.encode(value)
