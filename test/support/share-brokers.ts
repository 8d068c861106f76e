import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { acknowledgeType, type ListedSharePartition } from '../../src/core/share/share-messages.js'
import { idKeyOf } from '../../src/core/group/consumer-protocol/topic-id-partition.js'
import type { ShareAcknowledgeRequest, ShareAcknowledgeResponse, ShareFetchRequest, ShareFetchResponse } from '../../src/ports/kafka-calls.js' // prettier-ignore
import { PartitionLog } from '../../src/sources/memory/partition-log.js'
import { SharePartition } from '../../src/sources/memory/share-partition.js'
import { plainRecord } from './record-runs.js'

interface Session {
  epoch: number
  readonly partitions: Set<string>
}

interface Led {
  leader: number
  readonly log: PartitionLog
  readonly share: SharePartition
}

export const lockMs = 1_000
/** The only topic, by its id. */
export const topicId = 'T'

/** Brokers of a share group, each with the share partitions that it leads and the sessions that members have with it. */
export class ShareBrokers {
  /** what took effect, as `partition offset deliveryCount type` */
  readonly applied = new Set<string>()
  /** what is wrong with requests */
  readonly complaints: string[] = []
  readonly partitions: readonly Led[]
  private readonly sessions = new Map<string, Session>()

  constructor(partitions: number, nodes: number) {
    const rules = { lockMs, deliveryLimit: 1_000, maxLocks: 200, renews: true, isolation: 'read_uncommitted' as const }
    this.partitions = Array.from({ length: partitions }, (_, partition) => {
      const log = new PartitionLog()
      return { leader: 1 + (partition % nodes), log, share: new SharePartition(log, 0n, () => rules) }
    })
  }

  produce(partition: number, count: number): void {
    this.partitions[partition]?.log.append(Array.from({ length: count }, () => plainRecord('v')))
  }

  /** Another broker leads the partition: its locks are gone. */
  move(partition: number, leader: number): void {
    const led = this.partitions[partition]
    if (led === undefined || led.leader === leader) return
    led.leader = leader
    led.share.release(() => true)
  }

  expire(now: number): void {
    for (const { share } of this.partitions) share.release(({ deadline }) => deadline <= now)
  }

  /** The broker has ended the session: the member's locks there are gone. */
  forget(node: number, memberId: string): void {
    this.sessions.delete(`${String(node)} ${memberId}`)
    for (const { leader, share } of this.partitions)
      if (leader === node) share.release((record) => record.memberId === memberId)
  }

  /** The member is not in the group any more. */
  gone(memberId: string): void {
    for (const key of [...this.sessions.keys()]) if (key.endsWith(` ${memberId}`)) this.forget(Number(key.split(' ')[0]), memberId) // prettier-ignore
    for (const { share } of this.partitions) share.release((record) => record.memberId === memberId)
  }

  /** Which partitions the broker fetches from for the member. */
  sessionOf(node: number, memberId: string): readonly string[] | null {
    const session = this.sessions.get(`${String(node)} ${memberId}`)
    return session === undefined ? null : [...session.partitions]
  }

  fetch(node: number, request: ShareFetchRequest, now: number): ShareFetchResponse {
    this.expire(now)
    const { memberId } = request
    const acknowledges = request.partitions.some(({ acknowledgements }) => acknowledgements.length > 0)
    const refused = this.step(node, request, acknowledges)
    if (refused !== code.NONE) return { code: refused, message: null, lockTimeoutMs: 0, partitions: [] }
    const session = this.sessions.get(`${String(node)} ${memberId}`)
    for (const one of request.partitions) session?.partitions.add(idKeyOf(one))
    for (const one of request.forgotten) session?.partitions.delete(idKeyOf(one))
    const codes = this.apply(node, memberId, request.partitions, now)
    let left = request.maxRecords
    const keys = new Set([...(session?.partitions ?? []), ...codes.keys()])
    const partitions = [...keys].map((key): ShareFetchResponse['partitions'][number] => {
      const partition = Number(key.split('/').at(-1))
      const led = this.partitions[partition]
      const isHere = led?.leader === node
      const acquired =
        !isHere || left <= 0 || session?.partitions.has(key) !== true
          ? []
          : led.share.acquire({ memberId, maxRecords: left, wholeBatches: true, now })
      for (const { firstOffset, lastOffset } of acquired) left -= Number(lastOffset - firstOffset) + 1
      return {
        topicId,
        partition,
        code: isHere ? code.NONE : code.NOT_LEADER_OR_FOLLOWER,
        acknowledgeCode: codes.get(key) ?? code.NONE,
        currentLeader: isHere ? null : { nodeId: led?.leader ?? 1, leaderEpoch: 1 },
        records: new Uint8Array(0),
        acquired
      }
    })
    return { code: code.NONE, message: null, lockTimeoutMs: lockMs, partitions }
  }

  acknowledge(node: number, request: ShareAcknowledgeRequest, now: number): ShareAcknowledgeResponse {
    this.expire(now)
    const refused = request.sessionEpoch === 0 ? code.INVALID_SHARE_SESSION_EPOCH : this.step(node, request, true)
    if (refused !== code.NONE) return { code: refused, message: null, lockTimeoutMs: 0, partitions: [] }
    const codes = this.apply(node, request.memberId, request.partitions, now)
    if (request.sessionEpoch === -1) this.forget(node, request.memberId)
    const partitions = request.partitions.map(({ partition }) => ({
      topicId,
      partition,
      code: codes.get(idKeyOf({ topicId, partition })) ?? code.NONE,
      currentLeader: null
    }))
    return { code: code.NONE, message: null, lockTimeoutMs: lockMs, partitions }
  }

  private step(
    node: number,
    { memberId, sessionEpoch }: { readonly memberId: string; readonly sessionEpoch: number },
    acknowledges: boolean
  ): number {
    const key = `${String(node)} ${memberId}`
    const session = this.sessions.get(key)
    if (sessionEpoch === 0) {
      if (acknowledges) this.complaints.push('a session was opened with acknowledgements')
      this.sessions.set(key, { epoch: 1, partitions: new Set() })
      return code.NONE
    }
    if (session === undefined) return code.SHARE_SESSION_NOT_FOUND
    if (sessionEpoch === -1) return code.NONE
    if (sessionEpoch !== session.epoch) {
      this.complaints.push(`epoch ${String(sessionEpoch)} where ${String(session.epoch)} is due`)
      return code.INVALID_SHARE_SESSION_EPOCH
    }
    session.epoch++
    return code.NONE
  }

  private apply(
    node: number,
    memberId: string,
    listed: readonly ListedSharePartition[],
    now: number
  ): ReadonlyMap<string, number> {
    const codes = new Map<string, number>()
    for (const { partition, acknowledgements } of listed) {
      const led = this.partitions[partition]
      if (led === undefined || acknowledgements.length === 0) continue
      const before = new Map(led.share.records.map((record) => [record.offset, record]))
      const given =
        led.leader === node ? led.share.acknowledge(memberId, acknowledgements, now) : code.NOT_LEADER_OR_FOLLOWER
      codes.set(idKeyOf({ topicId, partition }), given)
      if (given !== code.NONE) continue
      for (const { firstOffset, lastOffset, types } of acknowledgements)
        for (let offset = firstOffset; offset <= lastOffset; offset++) {
          const type = types[types.length === 1 ? 0 : Number(offset - firstOffset)] ?? 0
          if (type === acknowledgeType.renew) continue
          const { deliveryCount = 0 } = before.get(offset) ?? {}
          this.applied.add(`${String(partition)} ${String(offset)} ${String(deliveryCount)} ${String(type)}`)
        }
    }
    return codes
  }
}
