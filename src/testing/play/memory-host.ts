import { BrokerModel } from '../../sources/memory/broker-model.js'
import { memoryAddress } from '../../sources/memory/memory-connection.js'
import { memoryCalls } from '../../sources/memory/memory-calls.js'
import { memoryProduceCalls } from '../../sources/memory/memory-produce-calls.js'
import { memoryShareCalls } from '../../sources/memory/memory-share-calls.js'
import type { ChangedLock } from '../../sources/memory/share-group.js'
import type { HeldLock } from '../../sources/memory/share-partition.js'
import { clusterOf, type MemoryCluster } from '../../sources/memory/memory-cluster.js'
import { errorCode } from '../../core/protocol/error-code.js'
import { seededRandom } from '../../internal/seeded-random.js'
import type { Clock } from '../../model/clock.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { KafkaCalls, ShareCalls, TransactionCalls } from '../../ports/kafka-calls.js'
import { type DiagramApi, diagramApis, isOfSession, isPartitioned } from '../diagram/line-label.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'
import { ScopedClock } from '../time/scoped-clock.js'
import { currentScope } from '../time/scopes.js'
import type { RequestFault } from './scenario.js'
import type { ProcessWatcher, StageHost, StageProcess } from './stage-host.js'
import type { LineWait } from './line-waits.js'
import { PartitionFaults } from './partition-faults.js'
import { consumerCalls, producerCalls, type ProcessRim } from './process-calls.js'
import { processShareCalls } from './process-share-calls.js'
import { RequestTimes } from './request-times.js'
import { watchedProducer } from './watched-producer.js'
import { watchedTransactions } from './watched-transactions.js'

const unthrottled = { heldMs: Infinity, throttled: (): void => undefined }

const unmetKey = (api: DiagramApi, place: TopicPartition | null): string =>
  place === null ? api : `${api} ${keyOf(place)}`

/** The embedded cluster as the host of a scenario. */
export class MemoryHost implements StageHost {
  readonly clock: Clock
  /** for actions that diagrams do not have */
  readonly cluster: MemoryCluster
  private readonly model: BrokerModel
  private readonly times: RequestTimes
  private readonly faults = new PartitionFaults()
  private readonly random = seededRandom(1)
  /** faults for whole requests that no request has met and that were taken back */
  private readonly unmet = new Map<string, number>()
  /** faults for one partition of a share session */
  private readonly ofSessions: { readonly api: DiagramApi; readonly place: TopicPartition }[] = []
  /** requests that the test itself makes fail, so that their remaining faults are unknown */
  private readonly byHand = new Set<string>()

  constructor(clock: Clock, topics: ReadonlyMap<string, number>, lines: readonly DiagramLine[] = []) {
    this.times = new RequestTimes(clock, lines)
    this.clock = clock
    const model = new BrokerModel(clock)
    this.model = model
    for (const [topic, partitions] of topics) model.createTopic(topic, partitions)
    const cluster = clusterOf(model, { clock, random: this.random, calls: () => memoryCalls(model) })
    this.cluster = {
      ...cluster,
      failNext: (api, fault, times) => {
        this.byHand.add(api)
        cluster.failNext(api, fault, times)
      }
    }
  }

  newProcess({ asked, written, stored }: ProcessWatcher): StageProcess {
    const { model, random, times } = this
    const clock = new ScopedClock(this.clock, currentScope()?.time)
    const isDead = (): boolean => clock.isDead
    const realTopic = (topic: string): string => topic
    // The consumer that is being opened: its connections are created meanwhile.
    let opening: { readonly heldMs: number; readonly throttled: (ms: number) => void } = unthrottled
    const rim = (): ProcessRim => ({ process: clock, times, faults: this.faults, ...opening })
    const calls = (): KafkaCalls => consumerCalls(memoryCalls(model), rim())
    const produceCalls = (): TransactionCalls => producerCalls(memoryProduceCalls(model), rim())
    // A broker notices that a dead process's connections are closed; these hold its share sessions.
    const shareConnections: ShareCalls[] = []
    const shareCalls = (): ShareCalls => {
      const connection = memoryShareCalls(model)
      shareConnections.push(connection)
      return processShareCalls(connection, rim(), ({ groupId, memberId }) => {
        model.shares(groupId).group.memberGone(memberId)
      })
    }
    const inner = clusterOf(model, { clock, random, calls, produceCalls, shareCalls })
    const enter = (run: () => void): void => {
      clock.enter(run)
    }
    const watch = { isDead, enter, realTopic, asked, written, stored }
    return {
      clock,
      get isDead() {
        return clock.isDead
      },
      enter: (run) => clock.enter(run),
      cluster: {
        ...inner,
        openConsumer: (settings, handlers) => {
          opening = {
            heldMs: Math.floor(settings.sessionTimeoutMs / 4),
            throttled: (ms) => {
              handlers.event({ _tag: 'throttled', broker: memoryAddress, askedMs: ms, forMs: ms })
            }
          }
          const session = inner.openConsumer(settings, handlers)
          opening = unthrottled
          return session
        },
        openProducer: (settings) => watchedProducer(inner.openProducer(settings), watch, settings.acks),
        openTransactions: (settings, transactions) =>
          watchedTransactions(inner.openTransactions(settings, transactions), watch)
      },
      get pending() {
        return clock.pending
      },
      kill: (how) => {
        clock.kill()
        if (how !== 'cut off') for (const connection of shareConnections) connection.close()
      },
      raise: (signal) => clock.enter(() => clock.signals.raise(signal)),
      whenExit: (run) => {
        clock.signals.whenExit = run
      }
    }
  }

  produce({ topic, partition }: TopicPartition, record: Omit<ProducerRecord, 'topic' | 'partition'>): bigint {
    const [written] = this.cluster.produce(topic, { ...record, partition })
    return written?.offset ?? -1n
  }

  failNext(api: DiagramApi, fault: RequestFault, place: TopicPartition | null): void {
    const code = fault === 'disconnect' ? fault : errorCode[fault]
    if (place === null) this.model.failNext(api, code, 1)
    else if (isOfSession(api)) {
      this.ofSessions.push({ api, place })
      this.model.failNext(api, code, 1, place)
    } else if (isPartitioned(api) && code !== 'disconnect') this.faults.failNext(api, place, code)
  }

  /** Stops all faults. */
  heal(): void {
    this.takeFaultsBack()
    this.faults.heal()
  }

  /** The requests that were sent. */
  get requested(): readonly DiagramApi[] {
    return diagramApis.filter((api) => this.times.requested.has(api))
  }

  /** The requests that a line keeps waiting. */
  get waits(): readonly LineWait[] {
    return this.times.waits.all
  }

  /** The locks of a share group, by the members that have them. */
  locksOf(groupId: string, place: TopicPartition): readonly HeldLock[] {
    return this.model.shares(groupId).group.locksOf(place)
  }

  /** How many requests a line has had to do with. */
  usesOf(line: 'takes' | 'throttles', api: DiagramApi): number {
    return this.times.usesOf(line, api)
  }

  /** The number of faults that no request has met. Call it at the end, since it takes them back. */
  unmetFaults(api: DiagramApi, place: TopicPartition | null): number {
    if (this.byHand.has(api)) return 0
    if (place !== null && !isOfSession(api)) return isPartitioned(api) ? this.faults.left(api, place) : 0
    this.takeFaultsBack()
    return this.unmet.get(unmetKey(api, place)) ?? 0
  }

  private takeFaultsBack(): void {
    const all = [...diagramApis.map((api) => ({ api, place: null })), ...this.ofSessions]
    for (const { api, place } of all)
      while (this.model.takeFault(api, place) !== undefined) {
        const key = unmetKey(api, place)
        this.unmet.set(key, (this.unmet.get(key) ?? 0) + 1)
      }
  }

  expireSession(groupId: string, memberId: string): void {
    this.cluster.expireSession(groupId, memberId)
  }

  get seesLocks(): boolean {
    return true
  }
  onLockChange(run: (lock: ChangedLock) => void): void {
    this.model.onLockChange = run
  }

  /** Configures a share group on the brokers. */
  configureGroup(groupId: string, config: Readonly<Record<string, string>>): void {
    this.model.configureGroup(groupId, config)
  }

  realTopic(topic: string): string {
    return topic
  }
  topicName(topic: string): string {
    return topic
  }
}
