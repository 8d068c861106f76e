import type { Observable } from 'rxjs'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { GroupListener, GroupProtocol } from '../../ports/group-protocol.js'
import type { GroupMember } from '../../ports/kafka-calls.js'

/** Opens a protocol. Calls `unsupported` if the brokers do not support it; the member has not joined then. */
type OpenOrNot = (listener: GroupListener, unsupported: (fault: Fault) => void) => GroupProtocol

/** A group protocol that is replaced by another if the brokers do not support it. */
export class FallbackGroupProtocol implements GroupProtocol {
  private protocol: GroupProtocol
  private suspended = false

  constructor(
    preferred: OpenOrNot,
    other: (listener: GroupListener) => GroupProtocol,
    listener: GroupListener,
    fellBack: (fault: Fault) => void
  ) {
    this.protocol = preferred(listener, (fault) => {
      this.protocol.close()
      this.protocol = other(listener)
      fellBack(fault)
      this.protocol.start()
      if (this.suspended) this.protocol.suspend([])
    })
  }

  get member(): GroupMember {
    return this.protocol.member
  }
  get reader(): GroupProtocol['reader'] {
    return this.protocol.reader
  }
  get isRebalancing(): boolean {
    return this.protocol.isRebalancing
  }
  start(): void {
    this.protocol.start()
  }
  release(partitions: readonly TopicPartition[]): void {
    this.protocol.release(partitions)
  }
  suspend(stalled: readonly TopicPartition[]): void {
    this.suspended = true
    this.protocol.suspend(stalled)
  }
  resume(): void {
    this.suspended = false
    this.protocol.resume()
  }
  topicsChanged(): void {
    this.protocol.topicsChanged()
  }
  topicRecreated(): void {
    this.protocol.topicRecreated()
  }
  resubscribed(): void {
    this.protocol.resubscribed()
  }
  ownershipOf(partition: TopicPartition): TopicPartition | null {
    return this.protocol.ownershipOf(partition)
  }
  whenCommitsAreTaken(run: () => void): () => void {
    return this.protocol.whenCommitsAreTaken(run)
  }
  losesBy(generation: number): boolean {
    return this.protocol.losesBy(generation)
  }
  readerRefused(generation: number): void {
    this.protocol.readerRefused(generation)
  }
  commitRefused(generation: number, code: number): void {
    this.protocol.commitRefused(generation, code)
  }
  leave(tellGroup: boolean): Observable<never> {
    return this.protocol.leave(tellGroup)
  }
  close(): void {
    this.protocol.close()
  }
}
