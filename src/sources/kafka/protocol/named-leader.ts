import type { CurrentLeader } from '../../../ports/kafka-calls.js'
import type { ResponseReader } from './response-reader.js'

/** Where a node is that an answer names as a leader. */
export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** What the leaders that an answer names are reached by, beside what was asked for. */
export interface WithEndpoints {
  readonly endpoints: readonly NodeEndpoint[]
}

/** Reads the tagged fields of one partition after the other: all of an answer share it, since few name a leader. */
export class NamedLeader {
  private readonly reader: ResponseReader
  private readonly tag: number
  private leader: CurrentLeader | null = null

  constructor(reader: ResponseReader, tag: number) {
    this.reader = reader
    this.tag = tag
  }

  /** null where the broker names none */
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

/** The tagged field of both that says where those leaders are. */
export const readNodeEndpoints = (reader: ResponseReader): readonly NodeEndpoint[] =>
  reader.compactArray(11, () => {
    const endpoint = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() }
    // The rack, which metadata tells.
    reader.compactNullableString()
    reader.skipTags()
    return endpoint
  })
