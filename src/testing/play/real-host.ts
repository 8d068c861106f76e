import { Subject, type Subscription } from 'rxjs'
import type { Clock } from '../../model/clock.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import { produceTo } from '../../sinks/produce-to.js'
import type { ProcessWatcher, StageHost, StageProcess } from './stage-host.js'
import { watchedProducer } from './watched-producer.js'
import { watchedTransactions } from './watched-transactions.js'

/** A real cluster, in real time, as the host of a scenario. Its topics have unique names. */
export class RealHost implements StageHost {
  readonly clock: Clock
  private readonly cluster: Cluster
  private readonly suffix: string
  private readonly records = new Subject<ProducerRecord>()
  private readonly writing: Subscription
  private readonly counts = new Map<string, number>()

  /** @param failed called with the reason if nothing more can be written */
  constructor(cluster: Cluster, suffix: string, failed: (error: unknown) => void) {
    this.cluster = cluster
    this.clock = cluster.clock
    this.suffix = suffix
    this.writing = this.records.pipe(produceTo(cluster, { topic: '' })).subscribe({ error: failed })
  }

  newProcess({ asked, written, stored }: ProcessWatcher): StageProcess {
    const { cluster, suffix } = this
    const realTopic = (topic: string): string => this.realTopic(topic)
    const isDead = (): boolean => false
    const enter = (run: () => void): void => {
      run()
    }
    const watch = { isDead, enter, realTopic, asked, written, stored }
    return {
      clock: this.clock,
      cluster: {
        ...cluster,
        openProducer: (settings) => watchedProducer(cluster.openProducer(settings), watch, settings.acks),
        openTransactions: (settings, transactions) => {
          const transactionalId = `${transactions.transactionalId}${suffix}`
          return watchedTransactions(cluster.openTransactions(settings, { ...transactions, transactionalId }), watch)
        }
      },
      isDead: false,
      enter: (run) => run(),
      pending: 0,
      kill: () => undefined,
      raise: () => true,
      whenExit: () => undefined
    }
  }

  /** A new topic with one writer: offsets are known before they are confirmed. */
  produce({ topic, partition }: TopicPartition, record: Omit<ProducerRecord, 'topic' | 'partition'>): bigint {
    const key = partitionKey(topic, partition)
    const offset = this.counts.get(key) ?? 0
    this.counts.set(key, offset + 1)
    this.records.next({ ...record, topic: this.realTopic(topic), partition })
    return BigInt(offset)
  }

  failNext(): void {
    throw new Error('no request of a real cluster fails on demand')
  }
  expireSession(): void {
    throw new Error('no session of a real cluster ends on demand')
  }

  get seesLocks(): boolean {
    return false
  }
  onLockChange(): void {
    // Real brokers do not report it.
  }

  realTopic(topic: string): string {
    return `${topic}${this.suffix}`
  }
  topicName(realTopic: string): string {
    return realTopic.endsWith(this.suffix) ? realTopic.slice(0, -this.suffix.length) : realTopic
  }

  close(): void {
    this.writing.unsubscribe()
  }
}
