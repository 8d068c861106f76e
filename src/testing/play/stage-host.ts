import type { Clock } from '../../model/clock.js'
import type { Committed } from '../../model/committed.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { DiagramApi } from '../diagram/line-label.js'
import type { ChangedLock } from '../../sources/memory/share-group.js'
import type { RequestFault } from './scenario.js'
import type { SentRecord } from './sent-record.js'

/** One process of a scenario: its view of the cluster, its clock, and its end. */
export interface StageProcess {
  readonly cluster: Cluster
  readonly clock: Clock
  /** the number of its open timers */
  readonly pending: number
  readonly isDead: boolean
  /** Runs code in the process. */
  enter<A>(run: () => A): A
  /** Kills the process. The brokers notice that its connections are closed, unless it is `cut off`. */
  kill(how?: 'cut off'): void
  /** Sends the process a signal: false if its code does not listen for it. */
  raise(signal: string): boolean
  /** Called when its code exits. */
  whenExit(run: () => void): void
}

/** Receives the writes of a process. */
export interface ProcessWatcher {
  /** It tries to write to a topic. */
  readonly asked: (topic: string) => void
  /** A record that it wrote is confirmed. */
  readonly written: (sent: SentRecord) => void
  /** A transaction has committed offsets. */
  readonly stored: (offsets: readonly Committed[]) => void
}

/** Where a scenario is played: the embedded cluster in virtual time, or a real one in real time. */
export interface StageHost {
  readonly clock: Clock
  newProcess(watcher: ProcessWatcher): StageProcess
  /** Writes a record of the diagram; returns its current or future offset. */
  produce(place: TopicPartition, record: Omit<ProducerRecord, 'topic' | 'partition'>): bigint
  /** For one partition of the request, or for the whole request. */
  failNext(api: DiagramApi, fault: RequestFault, place: TopicPartition | null): void
  expireSession(groupId: string, memberId: string): void
  /** whether the host reports the fate of share groups' locks; otherwise only brokers and members know it */
  readonly seesLocks: boolean
  /** Calls `run` for each change of a lock, if the host reports them. */
  onLockChange(run: (lock: ChangedLock) => void): void
  /** The topic's name on the cluster for its name in the diagram. */
  realTopic(topic: string): string
  topicName(realTopic: string): string
}
