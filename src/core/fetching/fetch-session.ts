import { keyOf } from '../../model/topic-partition.js'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from './fetch-messages.js'
import { fetchSessionVerdict, fetchVerdict } from './fetch-verdict.js'

const lastEpoch = 0x7fffffff
const finalEpoch = -1

/** A requested partition; `key` identifies it. The same object means that the request has not changed. */
export interface KeyedPartition extends FetchPartition {
  readonly key: string
}

/** The broker's answer for a partition, with its request. */
export interface PartitionUpdate<A> {
  readonly requested: A
  readonly fetched: FetchedPartition
}

interface Known<A> {
  requested: A
  /** the last request that included the partition, and the last one whose answer named it */
  includedIn: number
  namedIn: number
  /** the last answer, which holds until a newer one; null before the first */
  quiet: FetchedPartition | null
}

/** The part of a request that lists partitions. */
export type SessionRequest = Pick<FetchRequest, 'session' | 'byTopicId' | 'partitions' | 'forgotten'>

/**
 * The client's side of a fetch session with one broker (KIP-227): a request names only the partitions whose request has
 * changed, an answer only those with news. So a request for a thousand partitions has a few entries. A broker without room for
 * a session answers as if there were none.
 *
 * One request at a time: `ask`, then `answered` or `lost`.
 */
export class FetchSession<A extends KeyedPartition> {
  private id = 0
  /** of the next request; 0: the session begins again and everything is sent */
  private epoch = 0
  private byTopicId = false
  private request = 0
  private readonly known = new Map<string, Known<A>>()
  /** partitions whose request has changed, and which are part of the request in flight */
  private different: Known<A>[] = []

  /**
   * The request that makes the broker serve exactly these partitions. Calls `unchanged` for each whose request is the same as
   * before.
   */
  ask(served: readonly A[], unchanged: (requested: A) => void = () => undefined): SessionRequest {
    const byTopicId = served.every(({ topicId }) => topicId !== null)
    // A session uses ids or names from its beginning to its end.
    if (byTopicId !== this.byTopicId) this.epoch = 0
    this.byTopicId = byTopicId
    const session = { id: this.id, epoch: this.epoch }
    if (this.epoch === 0) this.known.clear()
    const round = ++this.request
    const partitions: A[] = []
    const forgotten: A[] = []
    this.different = []
    for (const requested of served) {
      const known = this.known.get(requested.key)
      if (known === undefined || known.requested.topicId !== requested.topicId) {
        // The broker sees a partition of another topic, though the name is the same.
        if (known !== undefined) forgotten.push(known.requested)
        const made: Known<A> = { requested, includedIn: round, namedIn: 0, quiet: null }
        this.known.set(requested.key, made)
        partitions.push(requested)
      } else {
        known.includedIn = round
        if (known.requested === requested) {
          if (known.quiet !== null) unchanged(requested)
          continue
        }
        if (!isSame(known.requested, requested)) partitions.push(requested)
        known.requested = requested
        this.different.push(known)
      }
    }
    if (this.known.size > served.length) forgotten.push(...this.forgetOthers())
    return { session, byTopicId, partitions, forgotten }
  }

  /**
   * Returns the broker's answer for each partition that has news or whose request has changed; for the others the last answer
   * still holds. `over`: the broker does not know the session any more, which is no failure; send the request again at once.
   * `refused`: the request has failed.
   */
  answered(response: FetchResponse): readonly PartitionUpdate<A>[] | 'over' | 'refused' {
    const verdict = fetchSessionVerdict(response.code)
    if (verdict !== 'goes on') {
      const wentOn = this.epoch !== 0
      if (verdict === 'forgotten') this.id = 0
      this.epoch = 0
      return wentOn && verdict !== 'refused' ? 'over' : 'refused'
    }
    const updates: PartitionUpdate<A>[] = []
    for (const fetched of response.partitions) {
      const known = this.known.get(keyOf(fetched))
      if (known === undefined) continue
      updates.push({ requested: known.requested, fetched })
      known.namedIn = this.request
      // An error is repeated as long as it lasts, and so is the first answer after it.
      known.quiet =
        fetchVerdict(fetched.code) === 'served'
          ? { ...fetched, aborted: [], preferredReplica: -1, records: null }
          : null
    }
    for (const { requested, namedIn, quiet } of this.different)
      if (namedIn !== this.request && quiet !== null) updates.push({ requested, fetched: quiet })
    if (response.sessionId === 0) this.epoch = 0
    else if (this.epoch === 0) this.epoch = 1
    else this.epoch = response.sessionId === this.id ? nextEpoch(this.epoch) : 0
    this.id = response.sessionId
    return updates
  }

  /**
   * No answer: the broker may or may not have received the request. The next request ends this session and requests
   * another.
   */
  lost(): void {
    this.epoch = 0
  }

  /** The request that makes the broker forget the session; null if it keeps none. No request may follow. */
  end(): SessionRequest | null {
    if (this.id === 0) return null
    return { session: { id: this.id, epoch: finalEpoch }, byTopicId: this.byTopicId, partitions: [], forgotten: [] }
  }

  private forgetOthers(): readonly A[] {
    const forgotten: A[] = []
    for (const [key, { requested, includedIn }] of this.known) {
      if (includedIn === this.request) continue
      forgotten.push(requested)
      this.known.delete(key)
    }
    return forgotten
  }
}

/** A request outside of any session. */
export const withoutSession = (requested: readonly FetchPartition[]): SessionRequest => ({
  session: { id: 0, epoch: finalEpoch },
  byTopicId: requested.every(({ topicId }) => topicId !== null),
  partitions: requested,
  forgotten: []
})

export const updatesWithoutSession = <A extends KeyedPartition>(
  requested: readonly A[],
  response: FetchResponse
): readonly PartitionUpdate<A>[] | 'refused' => {
  if (fetchSessionVerdict(response.code) !== 'goes on') return 'refused'
  const byKey = new Map(requested.map((one) => [one.key, one]))
  return response.partitions.flatMap((fetched) => {
    const one = byKey.get(keyOf(fetched))
    return one === undefined ? [] : { requested: one, fetched }
  })
}

const nextEpoch = (epoch: number): number => (epoch === lastEpoch ? 1 : epoch + 1)

const isSame = (one: FetchPartition, other: FetchPartition): boolean =>
  one.offset === other.offset && one.leaderEpoch === other.leaderEpoch && one.maxBytes === other.maxBytes
