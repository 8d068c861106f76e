import type { LoggedPartition, LoggedRecord, LookUp, MemberConfig, Place } from './history.js'

/** A partition's log as the checker walks it: records by their index in it, since offsets have gaps. */
export class CheckedLog {
  readonly records: readonly LoggedRecord[]
  readonly end: number
  private readonly indices = new Map<number, number>()

  constructor({ records, end }: LoggedPartition) {
    this.records = records
    this.end = end
    records.forEach(({ offset }, index) => this.indices.set(offset, index))
  }

  /** undefined where there is no such record */
  indexOf(offset: number): number | undefined {
    return this.indices.get(offset)
  }

  /** The index of the first record at or behind the offset; the number of records if there is none. */
  indexFrom(offset: number): number {
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

  /** The highest offset that may be committed once every record before the index is settled. */
  committableAt(index: number): number {
    return this.records[index]?.offset ?? this.end
  }
}

/** Of what does not exist. */
export const noLog = new CheckedLog({ records: [], end: 0 })

/** A member as the history tells it. */
export interface MemberState {
  readonly name: string
  readonly config: MemberConfig
  readonly tenures: Map<Place, Tenure>
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
  /** Another process that may be alive has its `group.instance.id`. */
  sharesName: boolean
  /** when it ended or crashed */
  overAt: number
  /** the codes that its commits were refused with */
  readonly refusals: Set<number>
  /** of the topics that it knows: whether there is another of the name by now */
  readonly topics: Map<string, 'known' | 'another'>
  /** where it has sought another position: what is committed there may go back */
  readonly moved: Set<Place>
  /** the offsets that it has committed by its own choice: what is committed may go back to them */
  readonly chosen: Map<Place, Set<number>>
  /** when it sent commits of its own choice: one at a time is under way, so that what is settled meanwhile waits for them */
  readonly chosenSentAt: number[]
}

export const newMember = (name: string, config: MemberState['config']): MemberState => ({
  name,
  config,
  tenures: new Map(),
  phase: 'running',
  stops: [],
  generation: -1,
  troubledAt: -Infinity,
  askingSince: null,
  joining: false,
  frozenAt: -Infinity,
  frozen: false,
  sharesName: false,
  overAt: -Infinity,
  refusals: new Set(),
  topics: new Map(),
  moved: new Set(),
  chosen: new Map(),
  chosenSentAt: []
})

/** One assignment of one partition to one member, from being told of it to its end. */
export interface Tenure {
  readonly member: MemberState
  readonly place: Place
  readonly log: CheckedLog
  reading: Reading
  phase: 'held' | 'revoking' | 'over'
  /** Given back to the group, though not told yet. */
  released: boolean
  /** The group has given the member up, though it may not know yet. */
  fenced: boolean
  /** The group was converted while it gave this up: another may have it, and the brokers take the commits of both. */
  isConvertedAway: boolean
  /** Its topic was deleted: what it does from then on says little, until another assignment begins. */
  isStale: boolean
  revoking: { readonly at: number; readonly withinMs: number } | null
  stream: StreamState | null
  /** From this index on its records may be repeated by the next owner. */
  repeatableFrom: number
  /** What the group had committed when the assignment began, then what its member has committed: others may commit once it is given back. */
  stored: number
}

/** By the consumer protocol a topic that is made again is assigned anew at once, and nobody holds anything of it before. */
export const isOfFormerTopic = ({ isStale, member }: Tenure): boolean =>
  isStale && member.config.protocol === 'consumer'

/** One stream of a partition that was handed to a pipeline. */
export interface StreamState {
  readonly id: number
  readonly tenure: Tenure
  ending: 'completed' | 'unsubscribed' | 'errored' | null
  /** deliveries that are being handled */
  readonly running: Map<number, Delivery>
}

/** One record as it was delivered. */
export interface Delivery {
  readonly stream: StreamState
  readonly reading: Reading
  /** of its record in the log; -1 where it is none of this one's */
  readonly index: number
  readonly value: string
}

/** Where a reading begins while look-ups are under way: at any answer to one of these that was asked for since. */
export interface Awaited {
  readonly lookUps: readonly LookUp[]
  readonly since: number
  /** the offsets that were answered */
  readonly answers: number[]
}

/** What is read of a partition from one position on: from where an assignment begins, or from where a seek leads. */
export interface Reading {
  readonly isSought: boolean
  /** the index of its first record; null until it is known */
  first: number | null
  readonly awaited: Awaited | null
  /** index of the next record that has to be delivered */
  next: number
  /** everything before this index is settled */
  frontier: number
  delivered: number
  readonly settled: Set<number>
  /** index of the record started last, for each lane of the order */
  readonly lastStarted: Map<string, number>
  /** the highest offset that a commit request of it has covered */
  covered: number
  /** Advances of the frontier that no commit request covers yet. */
  readonly due: { readonly at: number; readonly offset: number }[]
}

const reading = (isSought: boolean, first: number | null, awaited: Awaited | null): Reading => ({
  isSought,
  first,
  awaited,
  next: first ?? 0,
  frontier: first ?? 0,
  delivered: 0,
  settled: new Set(),
  lastStarted: new Map(),
  covered: -1,
  due: []
})

export const readingFrom = (log: CheckedLog, offset: number, isSought: boolean): Reading =>
  reading(isSought, log.indexFrom(offset), null)

/** A reading whose beginning is looked up. */
export const awaitedReading = (lookUps: readonly LookUp[], since: number, isSought: boolean): Reading =>
  reading(isSought, null, { lookUps, since, answers: [] })

/** The reading begins there after all. */
export const beginAt = (of: Reading, index: number): void => {
  of.first = index
  of.next = index
  of.frontier = index
}

/** The lowest offset that the reading may have begun at; null while none is known. */
export const beginningOf = ({ first, awaited }: Reading, log: CheckedLog): number | null => {
  if (first !== null) return log.committableAt(first)
  return awaited === null || awaited.answers.length === 0 ? null : Math.min(...awaited.answers)
}

/** Delivered and not settled. */
export const unsettledOf = ({ delivered, settled }: Reading): number => delivered - settled.size
