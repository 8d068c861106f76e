import type { CommitChecker } from './check-commits.js'
import type { Findings } from './findings.js'
import { type HistoryEvent, type LoggedRecord, type PartitionOffset, type Place, topicOf } from './history.js'
import {
  beginAt,
  type CheckedLog,
  type Delivery,
  isOfFormerTopic,
  type MemberState,
  type StreamState,
  type Tenure,
  unsettledOf
} from './tenure.js'

/** What is delivered, in which order it is handled, how streams end, and what is repeated. */
export class StreamChecker {
  private readonly found: Findings
  private readonly commits: CommitChecker
  private readonly streams = new Map<number, StreamState>()
  private readonly deliveries = new Map<number, Delivery>()
  /** for each log, which stream delivered the record at an index last */
  private readonly deliveredBy = new Map<CheckedLog, (StreamState | undefined)[]>()
  /** the values of the records that were settled; each is written once */
  private readonly settledValues = new Set<string>()
  /** Ended though nothing was revoked or stopping: only a loss that is told at the same moment explains it. */
  private readonly endedUnasked = new Set<StreamState>()
  /** up to where members have chosen to skip */
  private readonly skipped = new Map<Place, number>()

  constructor(found: Findings, commits: CommitChecker) {
    this.found = found
    this.commits = commits
  }

  opened(id: number, member: MemberState, place: Place): void {
    const tenure = member.tenures.get(place)
    const where = { member: member.name, place }
    if (tenure?.phase !== 'held') {
      // Its project function may be what has asked the member to leave.
      if (member.phase === 'running') this.found.add('only what is held has a stream', where)
      return
    }
    if (tenure.stream !== null) this.found.add('an assignment has one stream', where)
    const stream: StreamState = { id, tenure, ending: null, running: new Map() }
    tenure.stream = stream
    this.streams.set(id, stream)
  }

  /** A member goes on elsewhere: what was delivered to it before may come again, settled or not. */
  moved({ log, stream }: Tenure): void {
    const before = this.deliveredBy.get(log)
    before?.forEach((by, index) => {
      if (by === stream) before[index] = undefined
    })
  }

  /** A member goes on there: what it passes over need not be read, and what lies behind may be read again. */
  sought({ place, log }: Tenure, offset: number): void {
    this.passedOver(place, offset)
    const before = this.deliveredBy.get(log)
    if (before !== undefined) before.length = Math.min(before.length, log.indexFrom(offset))
  }

  /** What lies before it need not be read. */
  passedOver(place: Place, offset: number): void {
    this.skipped.set(place, Math.max(offset, this.skipped.get(place) ?? 0))
  }

  /** Another topic has the name from now on. */
  recreated(place: Place): void {
    this.skipped.delete(place)
  }

  /** Whether members have chosen to skip all that lies behind the offset. */
  isSkipped(place: Place, offset: number): boolean {
    return offset < (this.skipped.get(place) ?? 0)
  }

  delivered(event: HistoryEvent & { readonly what: 'delivered' }): void {
    const stream = this.streams.get(event.stream)
    if (stream === undefined) {
      this.found.add('nothing is delivered of what is being given up', { offset: event.offset })
      return
    }
    const { tenure } = stream
    const { member, place, log, reading } = tenure
    const where = { member: member.name, place, offset: event.offset }
    const index = log.indexOf(event.offset)
    const logged = index === undefined ? undefined : log.records[index]
    if (index === undefined || logged?.key !== event.key || logged.value !== event.value) {
      // The topic that came instead may have given it.
      if (!tenure.isStale) this.found.add('what is delivered is what the log holds', where)
      this.deliveries.set(event.delivery, { stream, reading, index: -1, value: event.value })
      return
    }
    this.deliveries.set(event.delivery, { stream, reading, index, value: event.value })
    if (tenure.phase !== 'held' || stream.ending !== null || member.phase !== 'running')
      this.found.add('nothing is delivered of what is being given up', { ...where, detail: tenure.phase })
    // Another member may have the new topic's partition already.
    if (isOfFormerTopic(tenure) && member.topics.get(topicOf(place)) === 'known')
      this.found.add('nothing is delivered of what is being given up', { ...where, detail: 'of a topic made again' })
    if (tenure.isStale) return
    this.judgePlace(tenure, index, event)
    reading.next = index + 1
    reading.delivered++
    this.noteRepeat(stream, index)
    if (unsettledOf(reading) > member.config.maxInFlight) this.found.add('no more than maxInFlight is under way', where)
  }

  /** Whether it is the record that has to come next. */
  private judgePlace({ member, place, log, reading }: Tenure, index: number, { offset }: LoggedRecord): void {
    const where = { member: member.name, place, offset }
    const begins = reading.isSought
      ? 'a stream goes on where it was sought to'
      : 'a stream begins at the committed offset'
    if (reading.first === null) {
      const answers = reading.awaited?.answers ?? []
      if (!answers.some((answer) => log.indexFrom(answer) === index))
        this.found.add(begins, { ...where, detail: `located at ${answers.join()}` })
      beginAt(reading, index)
      return
    }
    if (index === reading.next) return
    const invariant =
      reading.delivered === 0
        ? begins
        : index < reading.next
          ? 'offsets of a stream only rise'
          : 'a stream skips no record'
    this.found.add(invariant, { ...where, detail: `expected ${String(log.records[reading.next]?.offset)}` })
  }

  private noteRepeat(stream: StreamState, index: number): void {
    const { member, place, log, fenced } = stream.tenure
    const before = this.deliveredBy.get(log) ?? []
    this.deliveredBy.set(log, before)
    const former = before[index]
    before[index] = stream
    if (former === undefined || former === stream) return
    // Who was frozen may not know yet that others have gone on.
    if (fenced || index >= former.tenure.repeatableFrom) return
    this.found.add('a record is repeated only after a crash, a loss or an unfinished drain', {
      member: member.name,
      place,
      offset: log.records[index]?.offset,
      detail: `delivered to ${former.tenure.member.name} before`
    })
  }

  started(id: number): void {
    const delivery = this.deliveries.get(id)
    if (delivery === undefined) return
    const { stream, reading, index } = delivery
    const { member, place, log } = stream.tenure
    const { order, concurrency } = member.config
    const where = { member: member.name, place, offset: log.records[index]?.offset }
    if (stream.running.size >= concurrency) this.found.add('no more than the concurrency runs at once', where)
    const laneOf = (at: number): string => (order === 'partition' ? '' : (log.records[at]?.key ?? ''))
    const lane = laneOf(index)
    const isBusy = [...stream.running.values()].some((other) => laneOf(other.index) === lane)
    stream.running.set(id, delivery)
    if (order === 'none' || stream.tenure.isStale) return
    const last = reading.lastStarted.get(lane) ?? -1
    if (index < last || isBusy) this.found.add('records that are ordered are handled one after the other', where)
    reading.lastStarted.set(lane, index)
  }

  finished(id: number): void {
    this.deliveries.get(id)?.stream.running.delete(id)
  }

  settled(id: number): void {
    const delivery = this.deliveries.get(id)
    if (delivery === undefined) return
    this.settledValues.add(delivery.value)
    if (delivery.index < 0) return
    const { stream, reading, index } = delivery
    const { tenure } = stream
    // What was delivered before a seek counts no more.
    if (tenure.isStale || reading !== tenure.reading) return
    reading.settled.add(index)
    this.advance(tenure)
  }

  /** A member has chosen to commit that: what was delivered below it is settled, whatever becomes of it. */
  acknowledged(
    { chosen, tenures }: MemberState,
    { place, below, isAborted }: HistoryEvent & { readonly what: 'acknowledged' }
  ): void {
    chosen.set(place, (chosen.get(place) ?? new Set()).add(below))
    const tenure = tenures.get(place)
    if (tenure === undefined || tenure.isStale || isAborted) return
    const { reading, log } = tenure
    if (reading.first === null) return
    const upTo = Math.min(log.indexFrom(below), reading.next)
    for (let index = reading.first; index < upTo; index++) {
      reading.settled.add(index)
      this.settledValues.add(log.records[index]?.value ?? '')
    }
    // Who asked for it is told what became of it: no trigger has to commit it.
    while (reading.settled.has(reading.frontier)) reading.frontier++
  }

  /** Whoever chose the offset gave up what lies below, acknowledged or not. */
  stored({ chosen }: MemberState, offsets: readonly PartitionOffset[]): void {
    for (const { place, offset } of offsets) if (chosen.get(place)?.has(offset) === true) this.passedOver(place, offset)
  }

  private advance(tenure: Tenure): void {
    const { reading } = tenure
    const before = reading.frontier
    while (reading.settled.has(reading.frontier)) reading.frontier++
    if (reading.frontier === before) return
    // Markers behind a record need not be committed with it.
    const last = tenure.log.records[reading.frontier - 1]?.offset ?? -1
    this.commits.isDue(reading, last + 1)
  }

  ended(id: number, how: 'completed' | 'unsubscribed' | 'errored'): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    const { member, place, phase } = stream.tenure
    const where = { member: member.name, place, detail: how }
    if (stream.ending !== null) this.found.add('a stream ends once', where)
    stream.ending = how
    if (how === 'errored') this.found.add('a stream never errors', where)
    // A loss is told when the stream has ended: by then the tenure is over.
    if (phase === 'held' && member.phase === 'running') this.endedUnasked.add(stream)
  }

  /** `from`: the offset from which on the group has to read a partition. */
  end(logs: ReadonlyMap<Place, CheckedLog>, from: (place: Place) => number): void {
    for (const stream of this.endedUnasked) {
      const { member, place, phase, revoking } = stream.tenure
      if (phase !== 'over' || revoking !== null)
        this.found.add('a stream ends only with its assignment', { member: member.name, place })
    }
    for (const [place, log] of logs)
      for (const { offset, value } of log.records)
        if (!this.settledValues.has(value) && offset >= from(place) && !this.isSkipped(place, offset))
          this.found.add('every record is acknowledged at least once', { place, offset })
  }
}
