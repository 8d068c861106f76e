import type { CommitChecker } from './check-commits.js'
import type { StreamChecker } from './check-streams.js'
import type { Findings } from './findings.js'
import type { HistoryEvent, LookUp, Place } from './history.js'
import { awaitedReading, type CheckedLog, type MemberState, type Reading, readingFrom, type Tenure } from './tenure.js'

/** From where partitions are read: where assignments begin, where members seek to, and what look-ups answer. */
export class PositionChecker {
  private readonly found: Findings
  private readonly commits: CommitChecker
  private readonly streams: StreamChecker

  constructor(found: Findings, commits: CommitChecker, streams: StreamChecker) {
    this.found = found
    this.commits = commits
    this.streams = streams
  }

  /** Where an assignment that is made now has to begin. */
  beginning({ config: { reset } }: MemberState, place: Place, log: CheckedLog): Reading {
    const stored = this.commits.storedOf(place) ?? (reset === 'earliest' ? 0 : undefined)
    // An offset of a former topic: where it is in the log of this one, nobody can tell that it is none of its own.
    if (stored !== undefined && this.commits.isMisplaced(place)) {
      const reading = awaitedReading(resets[reset], this.found.now, false)
      reading.awaited?.answers.push(stored, 0)
      this.streams.passedOver(place, stored)
      return reading
    }
    return stored === undefined ? awaitedReading(resets.latest, this.found.now, false) : readingFrom(log, stored, false)
  }

  moved(member: MemberState, { place, to }: HistoryEvent & { readonly what: 'moved' }): void {
    const tenure = member.tenures.get(place)
    if (tenure === undefined) return
    member.moved.add(place)
    this.streams.moved(tenure)
    if ('offset' in to) {
      tenure.reading = readingFrom(tenure.log, to.offset, true)
      this.streams.sought(tenure, to.offset)
    } else tenure.reading = awaitedReading(answering(to.lookUp, member.config.reset), this.found.now, true)
  }

  /** Its member has found that the topic is another: what it had of it in hand when that came is not followed any more. */
  anew(tenure: Tenure): void {
    const { member, place, log } = tenure
    member.moved.add(place)
    if (tenure.phase !== 'held' || member.phase !== 'running') tenure.isStale = true
    if (tenure.isStale) return
    this.streams.moved(tenure)
    // What is stored may be of this topic or of the former one: only reading all of it again loses nothing.
    this.streams.sought(tenure, 0)
    tenure.reading = readingFrom(log, 0, true)
  }

  located(member: MemberState, event: HistoryEvent & { readonly what: 'located' }): void {
    const { offset, lookUp, askedAt } = event
    const tenure = member.tenures.get(event.place)
    if (tenure?.phase !== 'held' || member.phase !== 'running' || offset < 0) return
    const { reading } = tenure
    const { awaited, first, isSought } = reading
    if (awaited === null || first !== null || askedAt < awaited.since || !awaited.lookUps.includes(lookUp)) return
    awaited.answers.push(offset)
    if (isSought) this.streams.sought(tenure, offset)
    // The group has nothing committed yet: what is written from here on is its to read.
    else if (awaited.answers.length === 1) this.commits.isDue(reading, offset)
  }
}

/** What is looked up for `auto.offset.reset`. What has come into being since the member began is read from its beginning. */
const resets = { earliest: [-2], latest: [-1, -2] } as const

/** Which look-ups may answer one: a timestamp behind every record is the end, a group that has committed nothing is reset. */
const answering = (lookUp: LookUp, reset: 'earliest' | 'latest'): readonly LookUp[] => {
  if (lookUp === 'committed') return [lookUp, ...resets[reset]]
  return lookUp >= 0 ? [lookUp, -1] : [lookUp]
}
