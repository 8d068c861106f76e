import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Leaders } from './fetch-effects.js'
import { newPartitionFetchState, type PartitionFetchState } from './partition-fetch-state.js'

/** The partitions that are read, or will be. */
export class PartitionFetchStates {
  private readonly leaders: Leaders
  private readonly states = new Map<string, PartitionFetchState>()
  private readonly demanded = new Set<PartitionFetchState>()

  constructor(leaders: Leaders) {
    this.leaders = leaders
  }

  get all(): Iterable<PartitionFetchState> {
    return this.states.values()
  }

  /** Usually a few of a thousand partitions. */
  get withDemand(): ReadonlySet<PartitionFetchState> {
    return this.demanded
  }

  known(partition: TopicPartition): PartitionFetchState | undefined {
    return this.states.get(keyOf(partition))
  }

  of(partition: TopicPartition): PartitionFetchState {
    const known = this.known(partition)
    if (known !== undefined) return known
    const state = newPartitionFetchState(partition)
    this.locate(state)
    this.states.set(state.key, state)
    return state
  }

  demand(state: PartitionFetchState, bytes: number): void {
    state.demands(bytes)
    if (bytes > 0) this.demanded.add(state)
    else this.demanded.delete(state)
  }

  /** Undefined if the partition is unknown. */
  forget(partition: TopicPartition): PartitionFetchState | undefined {
    const state = this.known(partition)
    if (state === undefined) return undefined
    state.release()
    this.demanded.delete(state)
    this.states.delete(state.key)
    return state
  }

  /** Leaders may have changed. */
  locateAll(): void {
    for (const state of this.states.values()) this.locate(state)
  }

  /** How many partitions are read from the broker. */
  countOn(node: number, now: number): number {
    let count = 0
    for (const state of this.states.values())
      if (state.phase !== 'awaiting position' && nodeOf(state, now) === node) count++
    return count
  }

  /** The broker cannot be reached: its partitions are read from their leaders, which may name another follower. */
  leaveFollower(node: number): void {
    for (const state of this.states.values()) if (state.replica?.node === node) state.readFrom(null)
  }

  /** Kept in the state, since each request reads it. */
  private locate(state: PartitionFetchState): void {
    const { place } = state
    state.located({
      topicId: this.leaders.idOf(place.topic),
      node: this.leaders.leaderOf(place),
      epoch: this.leaders.leaderEpochOf(place)
    })
  }
}

/** The broker that the partition is read from; null if unknown. */
export const nodeOf = ({ replica, leader }: PartitionFetchState, now: number): number | null =>
  replica !== null && now < replica.until ? replica.node : leader.node
