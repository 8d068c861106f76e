import { errorCode } from '../../src/core/protocol/error-code.js'
import type { Findings } from './findings.js'
import type { PartitionOffset, Place } from './history.js'
import type { MemberState, Reading, Tenure } from './tenure.js'

/** A failed commit is tried again after at most so long. */
const retryWithinMs = 400

/** What is committed: never too much, never back, never of what is not held, and in time. */
export class CommitChecker {
  private readonly found: Findings
  private readonly roundTripMs: number
  private readonly storedOffsets = new Map<Place, number>()
  /** What is stored there is of a topic that had the name before: it came when that was gone. */
  private readonly misplaced = new Set<Place>()
  /** who has committed there last, and whether the group had it as nobody's when it was converted: the next owner began before that */
  private readonly last = new Map<Place, { readonly by: MemberState; readonly isConvertedAway: boolean }>()
  /** from which offset on the group has to read what is written */
  private readonly responsible = new Map<Place, number>()

  constructor(found: Findings, roundTripMs: number) {
    this.found = found
    this.roundTripMs = roundTripMs
  }

  /** What the group has committed by now. */
  storedOf(place: Place): number | undefined {
    return this.storedOffsets.get(place)
  }

  /** Whether what is stored there was meant for a topic that had the name before. */
  isMisplaced(place: Place): boolean {
    return this.misplaced.has(place)
  }

  /** The lowest offset that the group has ever committed, or that an orderly assignment began at; Infinity if there is none. */
  responsibleFrom(place: Place): number {
    return this.responsible.get(place) ?? Infinity
  }

  /** An assignment that began there has ended in order, or goes on: its position is the group's. */
  answersFrom(place: Place, offset: number): void {
    this.responsible.set(place, Math.min(offset, this.responsibleFrom(place)))
  }

  /** Another topic has the name from now on. */
  recreated(place: Place): void {
    this.storedOffsets.delete(place)
    this.responsible.delete(place)
    this.misplaced.delete(place)
  }

  requested(member: MemberState, offsets: readonly PartitionOffset[]): void {
    member.askingSince = this.found.now
    if (offsets.some(({ place, offset }) => member.chosen.get(place)?.has(offset) === true))
      member.chosenSentAt.push(this.found.now)
    for (const { place, offset } of offsets) {
      const where = { member: member.name, place, offset }
      const tenure = member.tenures.get(place)
      if (tenure === undefined || tenure.released || member.phase === 'over') {
        this.found.add('nothing is committed of what is not held', where)
        continue
      }
      if (tenure.isStale) continue
      const atMost = committableOf(tenure)
      if (offset > atMost && member.chosen.get(place)?.has(offset) !== true)
        this.found.add('nothing is committed above an unacknowledged record', {
          ...where,
          detail: `at most ${String(atMost)}`
        })
      this.covered(tenure, offset)
    }
  }

  /** One that was too large is sent again in parts, one after the other. */
  refused(member: MemberState, codes: readonly number[]): void {
    for (const code of codes) member.refusals.add(code)
    if (codes.includes(errorCode.INVALID_COMMIT_OFFSET_SIZE)) member.troubledAt = this.found.now
  }

  answered(member: MemberState): void {
    const { now } = this.found
    if (member.askingSince !== null && now - member.askingSince > this.roundTripMs) member.troubledAt = now
    member.askingSince = null
  }

  /** Whether a commit failed since, was not taken by a group that rebalances, or is not answered in time, so that the next had to wait. */
  isTroubled(member: MemberState, since: number): boolean {
    const { askingSince, joining, troubledAt } = member
    if (joining || troubledAt >= since - retryWithinMs) return true
    return askingSince !== null && this.found.now - askingSince > this.roundTripMs
  }

  stored(member: MemberState, offsets: readonly PartitionOffset[], members: Iterable<MemberState>): void {
    const others = [...members].filter((other) => other !== member)
    for (const { place, offset } of offsets) {
      const where = { member: member.name, place, offset }
      const before = this.storedOffsets.get(place) ?? 0
      const own = member.tenures.get(place)
      const isChosen = member.moved.has(place) || member.chosen.get(place)?.has(offset) === true
      const mayGoBack = isChosen || this.isContested(member, own, { place, offset })
      this.last.set(place, { by: member, isConvertedAway: own?.isConvertedAway === true })
      if (offset < before && !mayGoBack && !this.misplaced.has(place))
        this.found.add('committed offsets never go back, but by a seek or where they are asked for', {
          ...where,
          detail: `from ${String(before)}`
        })
      for (const other of others) {
        const tenure = other.tenures.get(place)
        if (tenure !== undefined && !tenure.fenced && !tenure.released && own?.isConvertedAway !== true)
          this.found.add('nothing is committed of what another member holds', { ...where, detail: other.name })
      }
      this.storedOffsets.set(place, offset)
      if (own !== undefined) own.stored = offset
      if (own?.isStale === true && !member.moved.has(place)) {
        this.misplaced.add(place)
        continue
      }
      this.misplaced.delete(place)
      this.answersFrom(place, offset)
    }
  }

  /** Whether another has committed there before it, and one of both drains what it lost by a conversion: it goes on from its own commits. */
  private isContested(member: MemberState, own: Tenure | undefined, { place, offset }: PartitionOffset): boolean {
    const last = this.last.get(place)
    if (last === undefined || last.by === member) return false
    return last.isConvertedAway || (own?.isConvertedAway === true && offset >= own.stored)
  }

  /** Everything below the offset is settled from now on, or was where reading began. */
  isDue(reading: Reading, offset: number): void {
    if (offset > reading.covered) reading.due.push({ at: this.found.now, offset })
  }

  /** No commit of it can come any more. */
  over(tenure: Tenure): void {
    const first = tenure.reading.due[0]
    if (first !== undefined) this.judge(tenure, first)
  }

  private covered(tenure: Tenure, offset: number): void {
    const { due } = tenure.reading
    tenure.reading.covered = Math.max(tenure.reading.covered, offset)
    let covered = 0
    for (const entry of due) {
      if (entry.offset > offset) break
      covered++
    }
    const first = due[0]
    if (covered > 0 && first !== undefined) this.judge(tenure, first)
    due.splice(0, covered)
  }

  private judge(tenure: Tenure, first: { readonly at: number; readonly offset: number }): void {
    const { member, place, fenced, isStale } = tenure
    const { at, offset } = first
    const waited = this.found.now - at
    const requests = 1 + member.chosenSentAt.filter((sentAt) => sentAt >= at).length
    if (waited <= member.config.commitWithinMs + requests * this.roundTripMs) return
    // The request before it failed, or nothing of the process ran.
    if (fenced || isStale || this.isTroubled(member, at) || member.frozenAt >= at) return
    const detail = `after ${String(waited)} ms of ${String(member.config.commitWithinMs)}`
    this.found.add('what is acknowledged is committed within the interval', {
      member: member.name,
      place,
      offset,
      detail
    })
  }
}

/**
 * Where it is not known yet where reading begins, the position may be what the look-ups have said, or the next record behind
 * it: markers of transactions take offsets too.
 */
const committableOf = ({ log, reading: { first, frontier, awaited } }: Tenure): number => {
  if (first !== null) return log.committableAt(frontier)
  const behindMarkers = (answer: number): number =>
    answer < 0 ? answer : Math.max(answer, log.committableAt(log.indexFrom(answer)))
  return Math.max(-1, ...(awaited?.answers ?? []).map(behindMarkers))
}
