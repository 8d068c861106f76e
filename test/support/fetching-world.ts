import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { FetchEffect, FetchingOptions, FetchTimer, Leaders } from '../../src/core/fetching/fetch-effects.js'
import { Fetching } from '../../src/core/fetching/fetching.js'
import type {
  CurrentLeader,
  EpochEnd,
  EpochQuery,
  FetchRequest,
  FetchResponse
} from '../../src/core/fetching/fetch-messages.js'
import { crc32c } from '../../src/core/records/crc32c.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { Cancel } from '../../src/model/clock.js'
import type { Fault } from '../../src/model/fault.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'
import { FetchSessions } from '../../src/sources/memory/fetch-sessions.js'
import { readLogs, TrueLog } from './fetching-logs.js'
import { nowhere } from './record-runs.js'
import { VirtualClock } from './virtual-clock.js'

export const partitions = 4
export const nodes = 3
const share = 600
const requestTimeoutMs = 1_000
const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }
const place = (partition: number): TopicPartition => ({ topic: 't', partition })

/** The reading of one partition, as a consumer keeps it. */
interface Reading {
  cursor: number
  /** `reset`: a new position is on its way */
  phase: 'reading' | 'reset' | 'released'
  base: number
  values: string[]
  /** the leader epoch of what is below the base, and of each value */
  startEpoch: number
  epochs: number[]
  paused: boolean
  buffered: number
}

/** What becomes of a request. */
type Fate = 'answered' | 'late' | 'refused' | 'never arrives' | 'answer lost' | 'answered twice'

/** Brokers, a network on which everything takes time and some of it is lost, and one consumer that reads by `Fetching`. */
export class FetchingWorld {
  readonly clock = new VirtualClock()
  readonly fetching: Fetching
  readonly readings: readonly Reading[]
  logs: readonly TrueLog[]
  /** of 1, the part of requests that are not simply answered */
  trouble = 0
  private readonly random: () => number
  private readonly known: { epochs: number[]; leaders: (number | null)[]; topicId: string }
  private readonly timers = new Map<FetchTimer, Cancel>()
  private readonly brokers: readonly FetchSessions[]
  private readonly underWay = new Map<number, number>()
  private refreshing = false
  private topicId = 'a'
  private written = 0

  constructor(seed: number) {
    const random = seededRandom(seed)
    this.random = random
    this.logs = this.newLogs()
    this.known = { epochs: this.logs.map(() => 0), leaders: this.logs.map(({ leader }) => leader), topicId: 'a' }
    this.brokers = Array.from({ length: nodes }, () => new FetchSessions(this.clock))
    this.readings = this.logs.map(() => ({
      cursor: 0,
      phase: 'released',
      base: 0,
      values: [],
      startEpoch: -1,
      epochs: [],
      paused: false,
      buffered: 0
    }))
    const options: FetchingOptions = {
      fetchMaxBytes: partitions * share,
      fetchMinBytes: 1,
      fetchMaxWaitMs: 500,
      maxPartitionFetchBytes: share,
      maxDecompressedBytes: 1_000_000,
      isolation: 'read_uncommitted',
      clientRack: '',
      checkCrcs: true,
      metadataMaxAgeMs: 3_000,
      requestTimeoutMs,
      sessionTimeoutMs: 1_000,
      retryBackoffMs: 20,
      retryBackoffMaxMs: 200,
      random,
      decompress: () => left({ _tag: 'corrupt', reason: 'never compressed' }),
      checksum: crc32c
    }
    this.fetching = new Fetching(options, this.leaders())
  }

  /** Reads from there on. */
  read(partition: number, offset: number, epoch: number): void {
    const reading = this.of(partition)
    reading.cursor++
    reading.phase = 'reading'
    reading.base = offset
    reading.values = []
    reading.epochs = []
    reading.startEpoch = epoch
    this.perform(this.fetching.fetchFrom(place(partition), reading.cursor, BigInt(offset), epoch, this.clock.now()))
    this.updateDemand(partition)
  }

  /** The partition is given up; what comes of it late counts for nothing. */
  release(partition: number): void {
    const reading = this.of(partition)
    reading.phase = 'released'
    reading.cursor++
    this.fetching.forget([place(partition)])
  }

  pause(partition: number, paused: boolean): void {
    this.of(partition).paused = paused
    this.updateDemand(partition)
  }

  append(partition: number, count: number): void {
    this.log(partition).append(Array.from({ length: count }, () => `v${String(++this.written)}`))
  }

  /** The topic is deleted and made again. */
  recreate(): void {
    this.topicId += 'a'
    this.logs = this.newLogs()
  }

  refresh(): void {
    if (this.refreshing) return
    this.refreshing = true
    this.after(this.latency(), () => {
      this.refreshing = false
      if (this.random() < this.trouble) this.refresh()
      else this.learn()
    })
  }

  of(partition: number): Reading {
    const reading = this.readings[partition]
    if (reading === undefined) throw new Error('no such partition')
    return reading
  }

  log(partition: number): TrueLog {
    const log = this.logs[partition]
    if (log === undefined) throw new Error('no such partition')
    return log
  }

  private newLogs(): readonly TrueLog[] {
    return Array.from({ length: partitions }, (_, partition) => new TrueLog(partition % nodes))
  }

  private leaders(): Leaders {
    const { known } = this
    return {
      leaderOf: ({ partition }) => known.leaders[partition] ?? null,
      leaderEpochOf: ({ partition }) => known.epochs[partition] ?? -1,
      idOf: () => known.topicId,
      whyNoLeader: ({ topic }) => ({ _tag: 'UnknownTopicFault', topic }),
      learnLeader: ({ partition }, { nodeId, leaderEpoch }: CurrentLeader) => {
        if (leaderEpoch <= (known.epochs[partition] ?? -1)) return false
        known.epochs[partition] = leaderEpoch
        known.leaders[partition] = nodeId
        return true
      },
      isNamed: () => true
    }
  }

  private learn(): void {
    const { known, logs, topicId } = this
    const isAnother = known.topicId !== topicId
    known.topicId = topicId
    for (const [partition, { leader, epoch }] of logs.entries()) {
      if (!isAnother && epoch < (known.epochs[partition] ?? -1)) continue
      known.epochs[partition] = epoch
      known.leaders[partition] = leader
    }
    if (isAnother) {
      this.fetching.recreated('t')
      for (const [partition, { phase }] of this.readings.entries())
        if (phase !== 'released') this.resetTo(partition, null)
    }
    this.perform(this.fetching.metadataChanged())
  }

  private perform(effects: readonly FetchEffect[]): void {
    for (const effect of effects) this.performOne(effect)
  }

  private performOne(effect: FetchEffect): void {
    switch (effect._tag) {
      case 'fetch':
        this.fetch(effect.id, effect.node, effect.request)
        break
      case 'check epochs':
        this.check(effect.id, effect.node, effect.queries)
        break
      case 'abandon':
        this.underWay.delete(effect.id)
        break
      case 'next': {
        const bytes = this.readings.reduce((sum, { buffered }) => sum + buffered, 0)
        this.perform(this.fetching.next({ bytes, isMoving: bytes > 0 }, this.clock.now()))
        break
      }
      case 'next turn':
        this.after(0, () => {
          this.perform(this.fetching.turned())
        })
        break
      case 'arm': {
        const { timer, inMs } = effect
        this.timers.get(timer)?.()
        this.timers.set(
          timer,
          this.clock.schedule(inMs, () => {
            this.perform(this.fetching.due(timer, this.clock.now()))
          })
        )
        break
      }
      case 'records':
        this.received(effect.fetched)
        break
      case 'out of range':
        if (!this.log(effect.partition.partition).refused.has(effect.offset)) throw new Error('it is in the log')
        this.reset(effect.partition, effect.cursor, (log) => log.start)
        break
      case 'truncated':
        this.reset(effect.partition, effect.cursor, effect.endOffset === null ? null : () => Number(effect.endOffset))
        break
      case 'recreated':
        this.reset(effect.partition, this.of(effect.partition.partition).cursor, null)
        break
      case 'refused': {
        const { base, values } = this.of(effect.partition.partition)
        this.reset(effect.partition, effect.cursor, () => base + values.length)
        break
      }
      case 'refresh metadata':
        this.refresh()
        break
      case 'event':
        break
      case 'fatal':
        throw new Error(JSON.stringify(effect.fault))
    }
  }

  /** Records count if they carry the cursor; then they go on where the last ones ended. */
  private received({ run, cursor }: (FetchEffect & { readonly _tag: 'records' })['fetched']): void {
    const { partition } = run
    const reading = this.of(partition)
    if (reading.cursor !== cursor) throw new Error(`records of cursor ${String(cursor)}`)
    if (reading.phase !== 'reading') throw new Error('records after a reset was reported')
    while (run.advance()) {
      const offset = Number(run.record(nowhere, 0).offset)
      const next = reading.base + reading.values.length
      if (offset !== next) throw new Error(`offset ${String(offset)} instead of ${String(next)}`)
      reading.values.push(new TextDecoder().decode(run.record(nowhere, 0).value ?? new Uint8Array(0)))
      reading.epochs.push(run.recordEpoch)
    }
    if (run.fault !== null) throw new Error(JSON.stringify(run.fault))
    reading.buffered += run.bytes
    this.updateDemand(partition)
    this.after(this.latency(), () => {
      reading.buffered -= run.bytes
      this.updateDemand(partition)
      this.perform(this.fetching.delivered())
    })
  }

  private reset({ partition }: TopicPartition, cursor: number, to: ((log: TrueLog) => number) | null): void {
    const reading = this.of(partition)
    if (reading.cursor !== cursor) throw new Error(`a reset of cursor ${String(cursor)}`)
    if (reading.phase !== 'reading') throw new Error('a reset is reported twice')
    this.resetTo(partition, to)
  }

  /** null: the log is another, and read from its beginning. */
  private resetTo(partition: number, to: ((log: TrueLog) => number) | null): void {
    const reading = this.of(partition)
    reading.phase = 'reset'
    const { cursor } = reading
    this.after(this.latency(), () => {
      if (reading.cursor !== cursor || reading.phase !== 'reset') return
      const { base, values, epochs, startEpoch } = reading
      const log = this.log(partition)
      const offset = to === null ? log.start : to(log)
      const count = offset - base
      if (to === null || count < 0 || count > values.length) {
        this.read(partition, offset, -1)
        return
      }
      // What was read below is in the log still.
      this.read(partition, offset, count === 0 ? startEpoch : (epochs[count - 1] ?? -1))
      Object.assign(reading, { base, startEpoch, values: values.slice(0, count), epochs: epochs.slice(0, count) })
    })
  }

  private updateDemand(partition: number): void {
    const { phase, paused, buffered } = this.of(partition)
    if (phase === 'released') return
    const bytes = paused ? 0 : Math.max(0, Math.min(share, 2 * share - buffered))
    this.perform(this.fetching.demand(place(partition), bytes, this.clock.now()))
  }

  private fetch(id: number, node: number, request: FetchRequest): void {
    this.underWay.set(id, node)
    const alike = [...this.underWay.values()].filter((other) => other === node)
    if (alike.length > 2) throw new Error('more than two requests to a broker')
    const serve = (answer: (response: FetchResponse) => void): void => {
      const begun = this.brokers[node]?.begin(request)
      if (begun?._tag !== 'begun') {
        answer({ code: begun?.code ?? -1, sessionId: 0, partitions: [] })
        return
      }
      const read = () => readLogs(this.logs, node, begun.wanted, this.topicId, request)
      const now = read()
      const isWorth = now.some((one) => one.code !== 0 || one.preferredReplica >= 0 || (one.records?.length ?? 0) > 0)
      if (isWorth) answer(begun.answer(now))
      else
        this.after(request.maxWaitMs, () => {
          answer(begun.answer(read()))
        })
    }
    this.call<FetchResponse>(serve, (answer) => {
      this.underWay.delete(id)
      this.perform(this.fetching.answered(id, answer, this.clock.now()))
    })
  }

  private check(id: number, node: number, queries: readonly EpochQuery[]): void {
    this.call<readonly EpochEnd[]>(
      (answer) => {
        answer(queries.map((query) => this.log(query.partition).endOfEpoch(query, node)))
      },
      (answer) => {
        this.perform(this.fetching.checked(id, answer, this.clock.now()))
      }
    )
  }

  private call<A>(serve: (answer: (value: A) => void) => void, answered: (answer: Either<Fault, A>) => void): void {
    const fate = this.fate()
    const back = (answer: Either<Fault, A>, afterMs = 0): void => {
      this.after(afterMs + this.latency(), () => {
        answered(answer)
      })
    }
    if (fate === 'refused') back(left(broken))
    if (fate === 'never arrives' || fate === 'answer lost') back(left(broken), requestTimeoutMs)
    if (fate === 'refused' || fate === 'never arrives') return
    this.after(this.latency(), () => {
      serve((value) => {
        if (fate === 'answered' || fate === 'answered twice') back(right(value))
        if (fate === 'answered twice') back(right(value))
        if (fate === 'late') back(right(value), 400)
      })
    })
  }

  private fate(): Fate {
    if (this.random() >= this.trouble) return 'answered'
    const fates = ['late', 'refused', 'never arrives', 'answer lost', 'answered twice'] as const
    return fates[Math.floor(this.random() * fates.length)] ?? 'late'
  }

  private latency(): number {
    return 1 + Math.floor(this.random() * 20)
  }

  private after(ms: number, run: () => void): void {
    this.clock.schedule(ms, run)
  }
}
