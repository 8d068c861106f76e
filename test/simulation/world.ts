import { BrokerModel, type FaultyApi } from '../../src/broker/broker-model.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { ConsumerSession } from '../../src/ports/consumer-session.js'
import type { KafkaCalls } from '../../src/ports/kafka-calls.js'
import type { SessionContext } from '../../src/sources/session/session-context.js'
import { VirtualClock } from '../support/virtual-clock.js'
import type { Happening, HistoryEvent, LoggedRecord, Truth } from './history.js'
import type { Weather } from './network.js'

export const topic = 'orders'
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

const apis: readonly FaultyApi[] = ['Metadata', 'JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch', 'ListOffsets', 'Fetch', 'OffsetForLeaderEpoch'] // prettier-ignore

/** The cluster, the network and the clock of one schedule, and the book of what happens. */
export class World {
  readonly clock = new VirtualClock()
  readonly model = new BrokerModel(this.clock)
  readonly history: HistoryEvent[] = []
  readonly weather: Weather
  readonly sabotage: Sabotage
  /** what the broker gave each member last */
  readonly given = new Map<string, readonly number[]>()
  readonly memberNames = new Map<string, string>()
  pace: Pace = 'mixed'
  private readonly lastRecords = new Map<number, number>()
  private readonly random: () => number
  private streams = 0
  private serial = 0
  private producers = 0n

  constructor(seed: number, partitions: number, maxLatencyMs: number, sabotage: Sabotage) {
    this.random = seededRandom(seed)
    this.weather = { random: this.random, maxLatencyMs, losses: 0 }
    this.sabotage = sabotage
    this.model.createTopic(topic, partitions)
  }

  get partitions(): number {
    return this.model.partitionsOf(topic)
  }

  note(happening: Happening): void {
    this.history.push(Object.assign(happening, { at: this.clock.now() }))
  }

  newStream(): number {
    return this.streams++
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
  produce(partition: number, count: number, transaction: 'none' | 'commit' | 'abort'): void {
    const timestamp = this.clock.wallTime()
    const place = { topic, partition }
    const records = Array.from({ length: count }, () => ({
      key: bytes(`k${String(Math.floor(this.random() * 4))}`),
      value: bytes(`v${String(++this.serial)}`),
      headers: [],
      timestamp
    }))
    const producerId = transaction === 'none' ? undefined : ++this.producers
    const base = this.model.append(place, records, producerId)
    if (producerId !== undefined && transaction !== 'none') this.model.endTransaction(place, producerId, transaction)
    this.lastRecords.set(partition, Number(base ?? -1n) + count - 1)
    this.note({ what: 'produced', partition, offset: Number(base ?? -1n), count })
  }

  /** No fault that was asked for is left. */
  heal(): void {
    this.weather.losses = 0
    for (const api of apis) while (this.model.takeFault(api) !== undefined);
  }

  membersInGroup(): readonly string[] {
    return this.model
      .coordinator(group)
      .describe()
      .members.map(({ memberId }) => this.memberNames.get(memberId) ?? memberId)
  }

  committed(partition: number): number | null {
    const stored = this.model.storedOffset(group, { topic, partition })
    return stored === undefined ? null : Number(stored.offset)
  }

  logEnd(partition: number): number {
    return Number(this.model.log({ topic, partition })?.logEnd ?? 0n)
  }

  private lastRecord(partition: number): number {
    return this.lastRecords.get(partition) ?? -1
  }

  /** Nothing is left to be read, and the group has settled with these members. */
  isAtRest(members: readonly string[]): boolean {
    for (let partition = 0; partition < this.partitions; partition++)
      if ((this.committed(partition) ?? 0) < this.lastRecord(partition) + 1) return false
    const { state } = this.model.coordinator(group).describe()
    return state === 'Stable' && [...this.membersInGroup()].sort().join() === [...members].sort().join()
  }

  truth(timersLeft: number): Truth {
    const partitions = Array.from({ length: this.partitions }, (_, partition) => partition)
    return {
      logs: partitions.map((partition) => ({
        end: this.logEnd(partition),
        records: (this.model.log({ topic, partition })?.records() ?? []).map(
          ({ offset, key, value }): LoggedRecord => ({
            offset: Number(offset),
            key: key === null ? '' : text.decode(key),
            value: value === null ? '' : text.decode(value)
          })
        )
      })),
      committed: partitions.map((partition) => this.committed(partition)),
      timersLeft,
      roundTripMs: 2 * this.weather.maxLatencyMs + 2
    }
  }
}

const encoder = new TextEncoder()
const text = new TextDecoder()
const bytes = (value: string): Uint8Array => encoder.encode(value)
