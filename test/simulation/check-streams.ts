import type { CommitChecker } from './check-commits.js'
import type { Findings } from './findings.js'
import type { LoggedRecord } from './history.js'
import { type CheckedLog, type MemberState, newStream, type StreamState } from './tenure.js'

/** What is delivered, in which order it is handled, how streams end, and what is repeated. */
export class StreamChecker {
  private readonly found: Findings
  private readonly commits: CommitChecker
  private readonly streams = new Map<number, StreamState>()
  /** for each partition, which stream delivered the record at a place last */
  private readonly deliveredBy = new Map<number, (StreamState | undefined)[]>()
  private readonly settledPlaces = new Map<number, Set<number>>()

  constructor(found: Findings, commits: CommitChecker) {
    this.found = found
    this.commits = commits
  }

  opened(id: number, member: MemberState, partition: number): void {
    const tenure = member.tenures.get(partition)
    const place = { member: member.name, partition }
    if (tenure?.phase !== 'held') {
      this.found.add('only what is held has a stream', place)
      return
    }
    if (tenure.stream !== null) this.found.add('an assignment has one stream', place)
    const stream = newStream(id, tenure)
    tenure.stream = stream
    this.streams.set(id, stream)
  }

  delivered(id: number, record: LoggedRecord): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    const { tenure } = stream
    const { member, partition, log } = tenure
    const where = { member: member.name, partition, offset: record.offset }
    const place = log.placeOf(record.offset)
    const logged = place === undefined ? undefined : log.records[place]
    if (place === undefined || logged?.key !== record.key || logged.value !== record.value) {
      this.found.add('what is delivered is what the log holds', where)
      return
    }
    if (tenure.phase !== 'held' || stream.ending !== null || member.phase !== 'running')
      this.found.add('nothing is delivered of what is being given up', { ...where, detail: tenure.phase })
    if (place !== stream.next) {
      const first = stream.next === log.placeFrom(tenure.start)
      const expected = `expected ${String(log.records[stream.next]?.offset)}`
      this.found.add(
        first
          ? 'a stream begins at the committed offset'
          : place < stream.next
            ? 'offsets of a stream only rise'
            : 'a stream skips no record',
        { ...where, detail: expected }
      )
    }
    stream.next = place + 1
    this.noteRepeat(stream, place)
    const unsettled = stream.next - log.placeFrom(tenure.start) - stream.settled.size
    if (unsettled > member.config.maxInFlight) this.found.add('no more than maxInFlight is under way', where)
  }

  private noteRepeat(stream: StreamState, place: number): void {
    const { tenure } = stream
    const { partition } = tenure
    const before = this.deliveredBy.get(partition) ?? []
    this.deliveredBy.set(partition, before)
    const former = before[place]
    before[place] = stream
    if (former === undefined || former === stream) return
    // Who was frozen may not know yet that others have gone on.
    if (tenure.fenced || place >= former.tenure.repeatableFrom) return
    this.found.add('a record is repeated only after a crash, a loss or an unfinished drain', {
      member: tenure.member.name,
      partition,
      offset: tenure.log.records[place]?.offset,
      detail: `delivered to ${former.tenure.member.name} before`
    })
  }

  started(id: number, offset: number): void {
    const stream = this.streams.get(id)
    const place = stream?.tenure.log.placeOf(offset)
    if (stream === undefined || place === undefined) return
    const { member, partition, log } = stream.tenure
    const { order, concurrency } = member.config
    const where = { member: member.name, partition, offset }
    if (stream.running.size >= concurrency) this.found.add('no more than the concurrency runs at once', where)
    stream.running.add(place)
    if (order === 'none') return
    const laneOf = (at: number): string => (order === 'partition' ? '' : (log.records[at]?.key ?? ''))
    const lane = laneOf(place)
    const last = stream.lastStarted.get(lane) ?? -1
    const busy = [...stream.running].some((other) => other !== place && laneOf(other) === lane)
    if (place < last || busy) this.found.add('records that are ordered are handled one after the other', where)
    stream.lastStarted.set(lane, place)
  }

  finished(id: number, offset: number): void {
    const stream = this.streams.get(id)
    const place = stream?.tenure.log.placeOf(offset)
    if (place !== undefined) stream?.running.delete(place)
  }

  settled(id: number, offset: number): void {
    const stream = this.streams.get(id)
    const place = stream?.tenure.log.placeOf(offset)
    if (stream === undefined || place === undefined) return
    const { log, partition } = stream.tenure
    stream.settled.add(place)
    const settled = this.settledPlaces.get(partition) ?? new Set()
    this.settledPlaces.set(partition, settled.add(place))
    const before = stream.frontier
    while (stream.settled.has(stream.frontier)) stream.frontier++
    if (stream.frontier === before) return
    // Markers behind a record need not be committed with it.
    const last = log.records[stream.frontier - 1]?.offset ?? -1
    this.commits.frontierMoved(stream, last + 1)
  }

  ended(id: number, how: 'completed' | 'unsubscribed' | 'errored'): void {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    const { member, partition, phase } = stream.tenure
    const where = { member: member.name, partition, detail: how }
    if (stream.ending !== null) this.found.add('a stream ends once', where)
    stream.ending = how
    if (how === 'errored') this.found.add('a stream never errors', where)
    // A loss is told when the stream has ended: by then the tenure is over.
    if (phase === 'held' && member.phase === 'running') this.endedUnasked.add(stream)
  }

  /** Ended though nothing was revoked or stopping: only a loss that is told at the same moment explains it. */
  private readonly endedUnasked = new Set<StreamState>()

  end(logs: readonly CheckedLog[]): void {
    for (const stream of this.endedUnasked) {
      const { member, partition, phase, revoking } = stream.tenure
      if (phase !== 'over' || revoking !== null)
        this.found.add('a stream ends only with its assignment', { member: member.name, partition })
    }
    logs.forEach((log, partition) => {
      const settled = this.settledPlaces.get(partition)
      log.records.forEach(({ offset }, place) => {
        if (settled?.has(place) !== true)
          this.found.add('every record is acknowledged at least once', { partition, offset })
      })
    })
  }
}
