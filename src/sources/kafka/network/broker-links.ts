import type { BrokerAddress, ConnectionSettings } from '../../../config/cluster-config.js'
import type { ClusterMetadata } from '../../../ports/kafka-calls.js'
import type { Api } from '../protocol/api.js'
import { metadataV12 } from '../protocol/metadata-v12.js'
import { BrokerLink } from './broker-link.js'
import { makeConnections, type MakeConnection } from './kafkajs-internals.js'
import { repair } from './repair.js'
import { faultOf, WireError } from './wire-error.js'

/**
 * What a connection is for. Requests wait behind each other on a connection, and the broker answers them in order: a
 * metadata request waited 7.5 s behind a held JoinGroup. So each kind has one of its own.
 */
export type Purpose = 'metadata' | 'join' | 'group' | 'fetch' | 'refill' | 'produce'

/** The connections of one client, by broker and purpose. */
export class BrokerLinks {
  private readonly settings: ConnectionSettings
  private readonly make: MakeConnection
  private readonly links = new Map<string, Promise<BrokerLink>>()
  private readonly nodes = new Map<number, BrokerAddress>()
  private rotation = 0
  private closed = false

  constructor(settings: ConnectionSettings) {
    this.settings = settings
    this.make = makeConnections(settings)
  }

  get requestTimeoutMs(): number {
    return this.settings.requestTimeoutMs
  }

  /** Asks for the cluster's topics, and learns where its brokers are. */
  async metadata(topics: readonly string[] | 'all'): Promise<ClusterMetadata> {
    const metadata = await this.sendToAny(metadataV12, topics)
    this.learn(metadata.brokers)
    return metadata
  }

  async sendToNode<Request, Response>(
    nodeId: number,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number
  ): Promise<Response> {
    const address = this.nodes.get(nodeId)
    if (address !== undefined) return this.sendTo(address, purpose, api, request, timeoutMs)
    const broker = `node ${String(nodeId)}`
    throw new WireError({ _tag: 'ConnectionFault', broker, reason: 'not in the cluster' }, false)
  }

  async sendTo<Request, Response>(
    address: BrokerAddress,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    timeoutMs = this.requestTimeoutMs
  ): Promise<Response> {
    try {
      const link = await this.link(address, purpose)
      return await link.send(api, request, timeoutMs)
    } catch (error) {
      const sent = !(error instanceof WireError) || error.sent
      throw new WireError(this.closed ? closedFault : faultOf(error, nameOf(address)), sent)
    }
  }

  /** Any broker will do: the one used last, and if it cannot be reached each of the others in turn. */
  async sendToAny<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Response> {
    const known = [...this.nodes.values(), ...this.settings.brokers]
    const candidates = [...new Map(known.map((address) => [nameOf(address), address])).values()]
    let failure: unknown
    for (let tried = 0; tried < candidates.length; tried++) {
      const address = candidates[this.rotation % candidates.length]
      if (address === undefined) break
      try {
        return await this.sendTo(address, 'metadata', api, request)
      } catch (error) {
        failure = error
        this.rotation++
        // Another broker would refuse the same credentials, or speak the same versions.
        const tag = error instanceof WireError ? error.fault._tag : ''
        if (tag !== 'ConnectionFault' && tag !== 'FrameFault') throw error
      }
    }
    throw failure
  }

  close(): void {
    this.closed = true
    for (const link of this.links.values()) {
      void link.then((open) => {
        open.close()
      })
    }
    this.links.clear()
  }

  /** The brokers that the cluster named last; a node may have moved to another address. */
  private learn(brokers: ClusterMetadata['brokers']): void {
    if (brokers.length === 0) return
    this.nodes.clear()
    for (const { nodeId, host, port } of brokers) this.nodes.set(nodeId, { host, port })
  }

  private link(address: BrokerAddress, purpose: Purpose): Promise<BrokerLink> {
    if (this.closed) return Promise.reject(new WireError(closedFault, false))
    const key = `${purpose} ${nameOf(address)}`
    const known = this.links.get(key)
    if (known !== undefined) return known
    const { maxFrameBytes } = this.settings
    const made = this.make(address.host, address.port).then((connection) => {
      repair(connection, maxFrameBytes)
      const link = new BrokerLink(connection, this.settings)
      if (this.closed) link.close()
      return link
    })
    this.links.set(key, made)
    return made
  }
}

const closedFault = { _tag: 'ClosedFault', what: 'the connection' } as const

const nameOf = ({ host, port }: BrokerAddress): string => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`
