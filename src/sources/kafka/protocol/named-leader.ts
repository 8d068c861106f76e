import type { CurrentLeader } from '../../../ports/kafka-calls.js'
import type { ResponseReader } from './response-reader.js'

/** The address of a node that an answer names as a leader. */
export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** The addresses of the leaders that an answer names. */
export interface WithEndpoints {
  readonly endpoints: readonly NodeEndpoint[]
}

const none: readonly NodeEndpoint[] = []

/** Those of any answer. */
export const endpointsIn = (answer: unknown): readonly NodeEndpoint[] =>
  typeof answer === 'object' && answer !== null && 'endpoints' in answer ? (answer as WithEndpoints).endpoints : none

/** Reads the tagged fields of partitions one after the other; shared by an answer, since few partitions name a leader. */
export class NamedLeader {
  private readonly reader: ResponseReader
  private readonly tag: number
  private leader: CurrentLeader | null = null

  constructor(reader: ResponseReader, tag: number) {
    this.reader = reader
    this.tag = tag
  }

  /** null if the broker names none */
  read(): CurrentLeader | null {
    this.leader = null
    this.reader.tags(this.take)
    return this.leader
  }

  private readonly take = (tag: number): void => {
    if (tag !== this.tag) return
    const leader = { nodeId: this.reader.int32(), leaderEpoch: this.reader.int32() }
    this.reader.skipTags()
    this.leader = leader.nodeId < 0 ? null : leader
  }
}

/** Reads the tagged field with the leaders' addresses, which both answers have. */
export const readNodeEndpoints = (reader: ResponseReader): readonly NodeEndpoint[] =>
  reader.compactArray(11, () => {
    const endpoint = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() }
    // The rack, which metadata contains.
    reader.compactNullableString()
    reader.skipTags()
    return endpoint
  })
