import type { Findings } from './findings.js'
import type { PartitionOffset } from './history.js'
import type { MemberState, StreamState } from './tenure.js'

/** A failed commit is tried again after at most so long. */
export const retryWithinMs = 400

/** What is committed: never too much, never back, never of what is not held, and in time. */
export class CommitChecker {
  private readonly found: Findings
  private readonly roundTripMs: number
  private readonly storedOffsets = new Map<number, number>()

  constructor(found: Findings, roundTripMs: number) {
    this.found = found
    this.roundTripMs = roundTripMs
  }

  /** What the group has committed by now. */
  storedOf(partition: number): number | undefined {
    return this.storedOffsets.get(partition)
  }

  requested(member: MemberState, offsets: readonly PartitionOffset[]): void {
    member.askingSince = this.found.now
    for (const { partition, offset } of offsets) {
      const where = { member: member.name, partition, offset }
      const tenure = member.tenures.get(partition)
      if (tenure === undefined || tenure.released || member.phase === 'over') {
        this.found.add('nothing is committed of what is not held', where)
        continue
      }
      const { log, stream } = tenure
      const settledTo = stream?.frontier ?? log.placeFrom(tenure.start)
      if (offset > log.committableAt(settledTo))
        this.found.add('nothing is committed above an unacknowledged record', {
          ...where,
          detail: `at most ${String(log.committableAt(settledTo))}`
        })
      if (stream !== null) this.covered(stream, offset)
    }
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
    for (const { partition, offset } of offsets) {
      const where = { member: member.name, partition, offset }
      const before = this.storedOffsets.get(partition) ?? 0
      if (offset < before)
        this.found.add('committed offsets never go back', { ...where, detail: `from ${String(before)}` })
      for (const other of others) {
        const tenure = other.tenures.get(partition)
        if (tenure !== undefined && !tenure.fenced && !tenure.released)
          this.found.add('nothing is committed of what another member holds', { ...where, detail: other.name })
      }
      this.storedOffsets.set(partition, offset)
    }
  }

  /** Everything below the offset is settled from now on. */
  frontierMoved(stream: StreamState, offset: number): void {
    stream.due.push({ at: this.found.now, offset })
  }

  /** No commit of it can come any more. */
  streamOver(stream: StreamState): void {
    const first = stream.due[0]
    if (first !== undefined) this.judge(stream, first)
  }

  private covered(stream: StreamState, offset: number): void {
    const { due } = stream
    let covered = 0
    for (const entry of due) {
      if (entry.offset > offset) break
      covered++
    }
    const first = due[0]
    if (covered > 0 && first !== undefined) this.judge(stream, first)
    due.splice(0, covered)
  }

  private judge(stream: StreamState, first: { readonly at: number; readonly offset: number }): void {
    const { member, partition, fenced } = stream.tenure
    const { at, offset } = first
    const waited = this.found.now - at
    if (waited <= member.config.commitWithinMs + this.roundTripMs) return
    // The request before it failed, or nothing of the process ran.
    if (fenced || this.isTroubled(member, at) || member.frozenAt >= at) return
    const detail = `after ${String(waited)} ms of ${String(member.config.commitWithinMs)}`
    this.found.add('what is acknowledged is committed within the interval', {
      member: member.name,
      partition,
      offset,
      detail
    })
  }
}
