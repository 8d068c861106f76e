import { errorCode as code } from '../../core/error-code.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../../ports/kafka-calls.js'

const lastEpoch = 0x7fffffff
const finalEpoch = -1

interface Known {
  asked: FetchPartition
  /** the answer that holds until there is news; null until there was one */
  quiet: FetchedPartition | null
}

/** The part of a request that tells the broker what is wanted. */
export type SessionRequest = Pick<FetchRequest, 'session' | 'partitions' | 'forgotten'>

/**
 * A fetch session with one broker (KIP-227), as the client keeps it: a request names only the partitions for which something
 * else is asked than before, an answer only those of which there is news. With it a thousand partitions cost a request of
 * a few entries; a broker without room for a session answers as if there were none.
 *
 * One request at a time: `ask`, then `answered` or `lost`.
 */
export class FetchSession {
  private id = 0
  /** of the next request; 0: all is told anew */
  private epoch = 0
  private readonly known = new Map<string, Known>()

  /** The request by which the broker knows that exactly these are wanted. */
  ask(wanted: ReadonlyMap<string, FetchPartition>): SessionRequest {
    const session = { id: this.id, epoch: this.epoch }
    if (this.epoch === 0) this.known.clear()
    const forgotten: FetchPartition[] = []
    for (const [key, { asked }] of this.known) {
      if (wanted.has(key)) continue
      forgotten.push(asked)
      this.known.delete(key)
    }
    const partitions: FetchPartition[] = []
    for (const [key, asked] of wanted) {
      const known = this.known.get(key)
      if (known === undefined) this.known.set(key, { asked, quiet: null })
      else if (isSame(known.asked, asked)) continue
      else known.asked = asked
      partitions.push(asked)
    }
    return { session, partitions, forgotten }
  }

  /**
   * What the broker says of each partition that is wanted, also of those that it has not named because nothing has changed.
   * `over`: the broker does not know the session any more, which is no failure, and is to be asked anew at once. `refused`:
   * the request has failed.
   */
  answered(response: FetchResponse): readonly FetchedPartition[] | 'over' | 'refused' {
    if (response.code !== code.NONE) {
      const wentOn = this.epoch !== 0
      if (response.code === code.FETCH_SESSION_ID_NOT_FOUND) this.id = 0
      this.epoch = 0
      return wentOn && isOver(response.code) ? 'over' : 'refused'
    }
    for (const fetched of response.partitions) {
      const known = this.known.get(partitionKey(fetched.topic, fetched.partition))
      if (known !== undefined) known.quiet = null
    }
    const quiet = [...this.known.values()].flatMap((known) => known.quiet ?? [])
    for (const fetched of response.partitions) this.told(fetched)
    if (response.sessionId === 0) this.epoch = 0
    else if (this.epoch === 0) this.epoch = 1
    else this.epoch = response.sessionId === this.id ? nextEpoch(this.epoch) : 0
    this.id = response.sessionId
    return [...response.partitions, ...quiet]
  }

  /** No answer: what the broker has heard is unknown. The next request ends this session and asks for another. */
  lost(): void {
    this.epoch = 0
  }

  /** The request by which the broker forgets it, null if it keeps none. Nothing is to be asked any more. */
  end(): SessionRequest | null {
    return this.id === 0 ? null : { session: { id: this.id, epoch: finalEpoch }, partitions: [], forgotten: [] }
  }

  private told(fetched: FetchedPartition): void {
    const known = this.known.get(partitionKey(fetched.topic, fetched.partition))
    // An error is told again as long as it lasts, and what comes after it too.
    if (known === undefined || fetched.code !== code.NONE) return
    known.quiet = { ...fetched, aborted: [], preferredReplica: -1, records: null }
  }
}

const isOver = (given: number): boolean =>
  given === code.FETCH_SESSION_ID_NOT_FOUND || given === code.INVALID_FETCH_SESSION_EPOCH

const nextEpoch = (epoch: number): number => (epoch === lastEpoch ? 1 : epoch + 1)

const isSame = (one: FetchPartition, other: FetchPartition): boolean =>
  one.offset === other.offset && one.leaderEpoch === other.leaderEpoch && one.maxBytes === other.maxBytes
