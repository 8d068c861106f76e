import type { Clock } from '../../model/clock.js'
import type { Committed } from '../../model/committed.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'
import type { FaultyApi } from '../diagram/line-label.js'
import type { ChangedLock } from '../../sources/memory/share-group.js'
import type { RequestFault } from './scenario.js'

/** One process of a scenario: its view of the cluster, its time, and its end. */
export interface StageProcess {
  readonly cluster: Cluster
  readonly clock: Clock
  /** What of its timers is left. */
  readonly pending: number
  readonly isDead: boolean
  /** Runs code that belongs to it. */
  enter<A>(run: () => A): A
  /** It is gone without a word. The brokers see that its connections are closed, unless it is `cut off`. */
  kill(how?: 'cut off'): void
  /** Sends it a signal: false if its code listens for none. */
  raise(signal: string): boolean
  /** What is done when its code exits. */
  whenExit(run: () => void): void
}

/** Receives what a process writes. */
export interface ProcessWatcher {
  /** It wants to write to a topic. */
  readonly asked: (topic: string) => void
  /** What it has written is confirmed. */
  readonly written: (record: OutgoingRecord) => void
  /** A transaction has committed offsets. */
  readonly stored: (offsets: readonly Committed[]) => void
}

/** Where a scenario is played: the embedded cluster in virtual time, or a real one in real time. */
export interface StageHost {
  readonly clock: Clock
  newProcess(watcher: ProcessWatcher): StageProcess
  /** Writes a record of the diagram; gives the offset that it has or is going to have. */
  produce(place: TopicPartition, record: Omit<ProducerRecord, 'topic' | 'partition'>): bigint
  /** For one partition of it, or for the whole request. */
  failNext(api: FaultyApi, fault: RequestFault, place: TopicPartition | null): void
  expireSession(groupId: string, memberId: string): void
  /** It says what happens to the locks of share groups. Else only the brokers know, and the members. */
  readonly seesLocks: boolean
  /** Calls `run` when anything becomes of a lock, if it says so. */
  onLockChange(run: (lock: ChangedLock) => void): void
  /** The topic as the cluster has it, and as the diagram has it. */
  realTopic(topic: string): string
  topicName(realTopic: string): string
}
