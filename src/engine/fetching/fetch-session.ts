import { errorCode as code } from '../../core/protocol/error-code.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../../ports/kafka-calls.js'

const lastEpoch = 0x7fffffff
const finalEpoch = -1

/** A partition as it is asked for; `key` names it. The same object says that nothing is different. */
export interface Wanted extends FetchPartition {
  readonly key: string
}

/** What the broker says of a partition, as it was asked for. */
export interface Told<A> {
  readonly asked: A
  readonly fetched: FetchedPartition
}

interface Known<A> {
  asked: A
  /** the last request that it was wanted in, and the last whose answer has named it */
  wantedIn: number
  namedIn: number
  /** the answer that holds until there is news; null until there was one */
  quiet: FetchedPartition | null
}

/** The part of a request that tells the broker what is wanted. */
export type SessionRequest = Pick<FetchRequest, 'session' | 'byTopicId' | 'partitions' | 'forgotten'>

/**
 * A fetch session with one broker (KIP-227), as the client keeps it: a request names only the partitions for which something
 * else is asked than before, an answer only those of which there is news. With it a thousand partitions cost a request of
 * a few entries; a broker without room for a session answers as if there were none.
 *
 * One request at a time: `ask`, then `answered` or `lost`.
 */
export class FetchSession<A extends Wanted> {
  private id = 0
  /** of the next request; 0: all is told anew */
  private epoch = 0
  private byTopicId = false
  private request = 0
  private readonly known = new Map<string, Known<A>>()
  /** what was asked for before, and is in the request under way otherwise */
  private different: Known<A>[] = []
  private readonly stands: (asked: A) => void

  /** `stands` is called for each partition that is asked for as it was answered. */
  constructor(stands: (asked: A) => void) {
    this.stands = stands
  }

  /** The request by which the broker knows that exactly these are wanted. */
  ask(wanted: readonly A[]): SessionRequest {
    const byTopicId = wanted.every(({ topicId }) => topicId !== null)
    // A session goes by ids or by names from its beginning to its end.
    if (byTopicId !== this.byTopicId) this.epoch = 0
    this.byTopicId = byTopicId
    const session = { id: this.id, epoch: this.epoch }
    if (this.epoch === 0) this.known.clear()
    const request = ++this.request
    const partitions: A[] = []
    const forgotten: A[] = []
    this.different = []
    for (const asked of wanted) {
      const known = this.known.get(asked.key)
      if (known === undefined || known.asked.topicId !== asked.topicId) {
        // To the broker a partition of another topic, though of the same name.
        if (known !== undefined) forgotten.push(known.asked)
        const made: Known<A> = { asked, wantedIn: request, namedIn: 0, quiet: null }
        this.known.set(asked.key, made)
        partitions.push(asked)
      } else {
        known.wantedIn = request
        if (known.asked === asked) {
          if (known.quiet !== null) this.stands(asked)
          continue
        }
        if (!isSame(known.asked, asked)) partitions.push(asked)
        known.asked = asked
        this.different.push(known)
      }
    }
    if (this.known.size > wanted.length) forgotten.push(...this.forgetOthers())
    return { session, byTopicId, partitions, forgotten }
  }

  /**
   * What the broker says of each partition that there is news of or that was asked for otherwise than before; of the others
   * it would say what it has said. `over`: the broker does not know the session any more, which is no failure, and is to be
   * asked anew at once. `refused`: the request has failed.
   */
  answered(response: FetchResponse): readonly Told<A>[] | 'over' | 'refused' {
    if (response.code !== code.NONE) {
      const wentOn = this.epoch !== 0
      if (response.code === code.FETCH_SESSION_ID_NOT_FOUND) this.id = 0
      this.epoch = 0
      return wentOn && isOver(response.code) ? 'over' : 'refused'
    }
    const told: Told<A>[] = []
    for (const fetched of response.partitions) {
      const known = this.known.get(partitionKey(fetched.topic, fetched.partition))
      if (known === undefined) continue
      told.push({ asked: known.asked, fetched })
      known.namedIn = this.request
      // An error is told again as long as it lasts, and what comes after it too.
      known.quiet = fetched.code === code.NONE ? { ...fetched, aborted: [], preferredReplica: -1, records: null } : null
    }
    for (const { asked, namedIn, quiet } of this.different)
      if (namedIn !== this.request && quiet !== null) told.push({ asked, fetched: quiet })
    if (response.sessionId === 0) this.epoch = 0
    else if (this.epoch === 0) this.epoch = 1
    else this.epoch = response.sessionId === this.id ? nextEpoch(this.epoch) : 0
    this.id = response.sessionId
    return told
  }

  /** No answer: what the broker has heard is unknown. The next request ends this session and asks for another. */
  lost(): void {
    this.epoch = 0
  }

  /** The request by which the broker forgets it, null if it keeps none. Nothing is to be asked any more. */
  end(): SessionRequest | null {
    if (this.id === 0) return null
    return { session: { id: this.id, epoch: finalEpoch }, byTopicId: this.byTopicId, partitions: [], forgotten: [] }
  }

  private forgetOthers(): readonly A[] {
    const forgotten: A[] = []
    for (const [key, { asked, wantedIn }] of this.known) {
      if (wantedIn === this.request) continue
      forgotten.push(asked)
      this.known.delete(key)
    }
    return forgotten
  }
}

/** A request outside of any session. */
export const withoutSession = (asked: readonly FetchPartition[]): SessionRequest => ({
  session: { id: 0, epoch: finalEpoch },
  byTopicId: asked.every(({ topicId }) => topicId !== null),
  partitions: asked,
  forgotten: []
})

/** What the answer to it says. */
export const toldWithoutSession = <A extends Wanted>(
  asked: readonly A[],
  response: FetchResponse
): readonly Told<A>[] | 'refused' => {
  if (response.code !== code.NONE) return 'refused'
  const byKey = new Map(asked.map((one) => [one.key, one]))
  return response.partitions.flatMap((fetched) => {
    const one = byKey.get(partitionKey(fetched.topic, fetched.partition))
    return one === undefined ? [] : { asked: one, fetched }
  })
}

const isOver = (given: number): boolean =>
  given === code.FETCH_SESSION_ID_NOT_FOUND ||
  given === code.INVALID_FETCH_SESSION_EPOCH ||
  given === code.FETCH_SESSION_TOPIC_ID_ERROR

const nextEpoch = (epoch: number): number => (epoch === lastEpoch ? 1 : epoch + 1)

const isSame = (one: FetchPartition, other: FetchPartition): boolean =>
  one.offset === other.offset && one.leaderEpoch === other.leaderEpoch && one.maxBytes === other.maxBytes
