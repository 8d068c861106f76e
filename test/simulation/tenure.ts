import type { LoggedRecord, MemberConfig } from './history.js'

/** A partition's log as the checker walks it: records by their place in it, since offsets have gaps. */
export class CheckedLog {
  readonly records: readonly LoggedRecord[]
  readonly end: number
  private readonly places = new Map<number, number>()

  constructor(records: readonly LoggedRecord[], end: number) {
    this.records = records
    this.end = end
    records.forEach(({ offset }, index) => this.places.set(offset, index))
  }

  /** undefined where there is no such record */
  placeOf(offset: number): number | undefined {
    return this.places.get(offset)
  }

  /** The place of the first record at or behind the offset; the number of records if there is none. */
  placeFrom(offset: number): number {
    const { records } = this
    let low = 0
    let high = records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The highest offset that may be committed once every record before the place is settled. */
  committableAt(place: number): number {
    return this.records[place]?.offset ?? this.end
  }
}

/** A member as the history tells it. */
export interface MemberState {
  readonly name: string
  readonly config: MemberConfig
  readonly tenures: Map<number, Tenure>
  phase: 'running' | 'stopping' | 'over'
  /** each time it was asked to leave */
  readonly stops: { readonly at: number; readonly withinMs: number; readonly how: 'drain' | 'close' }[]
  generation: number
  /** the last moment at which a commit of it was not confirmed */
  troubledAt: number
  /** when the commit was sent that is not answered yet */
  askingSince: number | null
  joining: boolean
  /** the last moment at which it was frozen or thawed */
  frozenAt: number
  frozen: boolean
}

/** One assignment of one partition to one member, from being told of it to its end. */
export interface Tenure {
  readonly member: MemberState
  readonly partition: number
  readonly log: CheckedLog
  /** what the group had committed when it began */
  readonly start: number
  phase: 'held' | 'revoking' | 'over'
  /** Given back to the group, though not told yet. */
  released: boolean
  /** The group has given the member up, though it may not know yet. */
  fenced: boolean
  revoking: { readonly at: number; readonly withinMs: number } | null
  stream: StreamState | null
  /** From this place on its records may be repeated by the next owner. */
  repeatableFrom: number
}

/** One stream of a partition that was handed to a pipeline. */
export interface StreamState {
  readonly id: number
  readonly tenure: Tenure
  /** place of the next record that has to be delivered */
  next: number
  /** everything before this place is settled */
  frontier: number
  ending: 'completed' | 'unsubscribed' | 'errored' | null
  readonly settled: Set<number>
  readonly running: Set<number>
  /** place of the record started last, for each lane of the order */
  readonly lastStarted: Map<string, number>
  /** Advances of the frontier that no commit request covers yet. */
  readonly due: { readonly at: number; readonly offset: number }[]
}

export const newStream = (id: number, tenure: Tenure): StreamState => {
  const first = tenure.log.placeFrom(tenure.start)
  return {
    id,
    tenure,
    next: first,
    frontier: first,
    ending: null,
    settled: new Set(),
    running: new Set(),
    lastStarted: new Map(),
    due: []
  }
}

/** Delivered and not settled. */
export const unsettledOf = (stream: StreamState | null): number =>
  stream === null ? 0 : stream.next - stream.tenure.log.placeFrom(stream.tenure.start) - stream.settled.size
