import { CommitChecker } from './check-commits.js'
import { Findings } from './findings.js'
import { StreamChecker } from './check-streams.js'
import type { Ending, GroupAtRest, HistoryEvent, Truth, Violation } from './history.js'
import { CheckedLog, type MemberState, type Tenure, unsettledOf } from './tenure.js'

/** After its deadline a drain may take this much longer where the member waits for the answer to its leaving. */
const leaveWithinMs = 5_000
/** A drain is cut short before its deadline by this part of it, to store what is settled. */
const commitShare = 0.1
/** Holds a history against the invariants of a consumer group; gives every violation. */
export const check = (history: readonly HistoryEvent[], truth: Truth): readonly Violation[] =>
  new Checker(truth).through(history)

class Checker {
  private readonly truth: Truth
  private readonly found = new Findings()
  private readonly logs: readonly CheckedLog[]
  private readonly members = new Map<string, MemberState>()
  private readonly streams: StreamChecker
  private readonly commits: CommitChecker
  private atRest = false

  constructor(truth: Truth) {
    this.truth = truth
    this.logs = truth.logs.map(({ records, end }) => new CheckedLog(records, end))
    this.commits = new CommitChecker(this.found, truth.roundTripMs)
    this.streams = new StreamChecker(this.found, this.commits)
  }

  through(history: readonly HistoryEvent[]): readonly Violation[] {
    for (const event of history) {
      this.found.now = event.at
      this.observe(event)
    }
    this.end()
    return this.found.all
  }

  private observe(event: HistoryEvent): void {
    switch (event.what) {
      case 'member started':
        this.members.set(event.member, newMember(event.member, event.config))
        break
      case 'member stopping':
        this.stopping(this.member(event.member), event.how, event.withinMs)
        break
      case 'member ended':
        this.ended(this.member(event.member), event.error)
        break
      case 'member crashed':
        this.crashed(this.member(event.member))
        break
      case 'member frozen':
      case 'member thawed': {
        const member = this.member(event.member)
        member.frozen = event.what === 'member frozen'
        member.frozenAt = event.at
        break
      }
      case 'assigned':
        for (const partition of event.gained)
          this.gained(this.member(event.member), event.generation, partition, event.inGroup)
        for (const partition of event.kept) this.kept(this.member(event.member), partition)
        this.member(event.member).generation = event.generation
        break
      case 'revoking':
        for (const partition of event.partitions) this.revoking(this.member(event.member), partition, event.withinMs)
        break
      case 'released':
        for (const partition of event.partitions) this.released(this.member(event.member), partition)
        break
      case 'revoked':
        for (const ending of event.partitions) this.revoked(this.member(event.member), ending)
        break
      case 'lost':
        for (const ending of event.partitions) this.lost(this.member(event.member), ending, event.reason)
        break
      case 'opened':
        this.streams.opened(event.stream, this.member(event.member), event.partition)
        break
      case 'delivered':
        this.streams.delivered(event.stream, event)
        break
      case 'started':
        this.streams.started(event.stream, event.offset)
        break
      case 'finished':
        this.streams.finished(event.stream, event.offset)
        break
      case 'settled':
        this.streams.settled(event.stream, event.offset)
        break
      case 'completed':
      case 'unsubscribed':
      case 'errored':
        this.streams.ended(event.stream, event.what)
        break
      case 'commit requested':
        this.commits.requested(this.member(event.member), event.offsets)
        break
      case 'joining':
        this.member(event.member).joining = true
        break
      case 'joined': {
        const member = this.member(event.member)
        member.joining = false
        member.troubledAt = event.at
        break
      }
      case 'commit answered':
        this.commits.answered(this.member(event.member))
        break
      case 'commit stored':
        this.commits.stored(this.member(event.member), event.offsets, this.members.values())
        break
      case 'commit troubled':
        this.member(event.member).troubledAt = event.at
        break
      case 'at rest':
        this.rest(event.group)
        break
      case 'produced':
      case 'disturbed':
        break
    }
  }

  private member(name: string): MemberState {
    const member = this.members.get(name)
    if (member === undefined) throw new Error(`no member ${name} has started`)
    return member
  }

  private gained(member: MemberState, generation: number, partition: number, inGroup: readonly string[]): void {
    const log = this.logs[partition]
    if (log === undefined) {
      this.found.add('only partitions that exist are assigned', { member: member.name, partition })
      return
    }
    if (member.tenures.has(partition))
      this.found.add('assigned and revoked alternate', { member: member.name, partition, detail: 'gained while held' })
    // A member that was frozen may be told late, of a generation that is over: it is no owner, but has to find that out.
    const isLate = !inGroup.includes(member.name)
    for (const other of this.members.values()) {
      const tenure = other.tenures.get(partition)
      if (isLate || other === member || tenure === undefined) continue
      if (inGroup.includes(other.name) && !tenure.fenced && !tenure.released)
        this.found.add('a partition has one owner among members that are not fenced', {
          member: member.name,
          partition,
          detail: `held by ${other.name}, in generation ${String(generation)}`
        })
      if (tenure.released) continue
      tenure.fenced = true
      tenure.repeatableFrom = 0
    }
    member.tenures.set(partition, {
      member,
      partition,
      log,
      start: this.commits.storedOf(partition) ?? 0,
      phase: 'held',
      released: false,
      fenced: isLate,
      revoking: null,
      stream: null,
      repeatableFrom: isLate ? 0 : log.records.length
    })
  }

  private kept(member: MemberState, partition: number): void {
    const tenure = member.tenures.get(partition)
    if (tenure?.phase !== 'held') this.found.add('what is kept was held', { member: member.name, partition })
    else if (tenure.stream !== null && tenure.stream.ending !== null)
      this.found.add('the stream of a kept partition goes on', { member: member.name, partition })
  }

  private revoking(member: MemberState, partition: number, withinMs: number): void {
    const tenure = member.tenures.get(partition)
    if (tenure?.phase !== 'held') {
      this.found.add('only what is held is revoked', { member: member.name, partition })
      return
    }
    // What it gives up because it was asked to leave has the time that it was asked to take.
    const atMost = Math.max(member.config.drainTimeoutMs, ...member.stops.map((stop) => stop.withinMs))
    if (withinMs > atMost) this.found.add('a drain has drain.timeout.ms at most', { member: member.name, partition })
    tenure.phase = 'revoking'
    tenure.revoking = { at: this.found.now, withinMs }
  }

  private released(member: MemberState, partition: number): void {
    const tenure = member.tenures.get(partition)
    if (tenure === undefined) return
    if (tenure.stream !== null && tenure.stream.ending === null)
      this.found.add('the stream of what is given up has ended', { member: member.name, partition })
    const { revoking } = tenure
    if (revoking !== null) this.judgeEnding(tenure, 'released', Math.min(revoking.at, member.stops[0]?.at ?? Infinity))
    tenure.released = true
  }

  private revoked(member: MemberState, ending: Ending): void {
    const { partition } = ending
    const tenure = member.tenures.get(partition)
    if (tenure?.revoking == null) {
      this.found.add('assigned and revoked alternate', { member: member.name, partition, detail: 'revoked unasked' })
      return
    }
    const { at, withinMs } = tenure.revoking
    const took = this.found.now - at
    const interrupted = member.frozenAt >= at
    if (took > withinMs + 1 && !interrupted)
      this.found.add('a drain ends by its deadline', { member: member.name, partition, detail: `${String(took)} ms` })
    if (!tenure.released) this.judgeEnding(tenure, 'stopped', Math.min(at, member.stops[0]?.at ?? Infinity))
    this.judgeReport(tenure, ending)
    this.over(tenure)
  }

  /** Whether the drain waited for what was under way, and what of it may come again. */
  private judgeEnding(tenure: Tenure, outcome: string, since: number): void {
    const { member, partition, stream, revoking } = tenure
    const unsettled = unsettledOf(stream)
    const { now } = this.found
    const drains = [...(revoking === null ? [] : [revoking]), ...member.stops]
    const waited = drains.some(({ at, withinMs }) => now >= at + withinMs * (1 - commitShare) - 1)
    const closed = member.stops.some(({ how }) => how === 'close')
    const place = { member: member.name, partition, detail: `${outcome}, ${String(unsettled)} unsettled` }
    if (unsettled > 0 && !waited && !closed)
      this.found.add('a drain waits for the work under way until its deadline', place)
    // What is kept of a deadline for the last commits may be too little for two of them, one after the other.
    const reserve = Math.min(...drains.map(({ withinMs }) => withinMs * commitShare))
    const hurried = waited && reserve < 2 * this.truth.roundTripMs
    if (hurried || this.commits.isTroubled(member, since) || member.frozenAt >= since) tenure.repeatableFrom = 0
    else if (unsettled > 0 && stream !== null) tenure.repeatableFrom = stream.frontier
  }

  /** What a member says of its drain is true. */
  private judgeReport({ member, partition, stream }: Tenure, { outcome, repeated }: Ending): void {
    const unsettled = unsettledOf(stream)
    const detail = `${outcome}, ${String(repeated)} repeated`
    if (repeated !== unsettled)
      this.found.add('what is not settled is reported', { member: member.name, partition, detail })
    if (outcome !== 'drained') return
    const settledTo = stream === null ? undefined : stream.tenure.log.records[stream.frontier - 1]?.offset
    const stored = this.commits.storedOf(partition) ?? 0
    if (unsettled > 0 || (settledTo !== undefined && stored <= settledTo))
      this.found.add('what is reported as drained is settled and stored', { member: member.name, partition, detail })
  }

  private lost(member: MemberState, ending: Ending, reason: string): void {
    const { partition } = ending
    const tenure = member.tenures.get(partition)
    if (tenure === undefined) {
      this.found.add('assigned and revoked alternate', { member: member.name, partition, detail: 'lost unheld' })
      return
    }
    if (reason.includes('deadline passed') && member.frozenAt < (tenure.revoking?.at ?? 0))
      this.found.add('a drain ends by its deadline', { member: member.name, partition, detail: reason })
    tenure.repeatableFrom = 0
    this.judgeReport(tenure, ending)
    this.over(tenure)
  }

  private over(tenure: Tenure): void {
    const { member, partition, stream } = tenure
    if (stream !== null && stream.ending === null)
      this.found.add('the stream of what is given up has ended', { member: member.name, partition })
    if (stream !== null) this.commits.streamOver(stream)
    tenure.phase = 'over'
    member.tenures.delete(partition)
  }

  private stopping(member: MemberState, how: 'drain' | 'close', withinMs: number): void {
    member.phase = 'stopping'
    member.stops.push({ at: this.found.now, withinMs, how })
  }

  private ended(member: MemberState, error: string | null): void {
    const [first] = member.stops
    if (error !== null || first === undefined) {
      this.found.add('a member ends only when it is asked to', { member: member.name, detail: error ?? 'unasked' })
    } else {
      const deadline = Math.min(...member.stops.map(({ at, withinMs }) => at + withinMs))
      if (this.found.now > deadline + leaveWithinMs + 1 && member.frozenAt < first.at)
        this.found.add('leaving ends in time', { member: member.name, detail: `due at ${String(deadline)}` })
      for (const tenure of [...member.tenures.values()]) {
        this.judgeEnding(tenure, 'stopped', Math.min(first.at, tenure.revoking?.at ?? Infinity))
        this.over(tenure)
      }
    }
    member.phase = 'over'
  }

  private crashed(member: MemberState): void {
    for (const tenure of member.tenures.values()) {
      tenure.repeatableFrom = 0
      tenure.phase = 'over'
    }
    member.tenures.clear()
    member.phase = 'over'
    member.generation = -1
  }

  private rest({ state, generation, members, given }: GroupAtRest): void {
    this.atRest = true
    const alive = [...this.members.values()].filter((member) => member.phase !== 'over')
    const names = alive.map(({ name }) => name).sort()
    if (state !== 'Stable' || names.join() !== [...members].sort().join())
      this.found.add('the group settles with its living members', { detail: `${state}: ${members.join()}` })
    const owners = this.logs.map(() => 0)
    for (const member of alive) {
      const held = [...member.tenures.keys()].sort((a, b) => a - b)
      const told = [...(given.get(member.name) ?? [])].sort((a, b) => a - b)
      if (held.join() !== told.join() || member.generation !== generation)
        this.found.add('what members hold is what the group gave them', {
          member: member.name,
          detail: `holds ${held.join()} of ${String(member.generation)}, given ${told.join()} of ${String(generation)}`
        })
      for (const partition of held) owners[partition] = (owners[partition] ?? 0) + 1
    }
    owners.forEach((count, partition) => {
      if (count !== 1) this.found.add('every partition has one owner at rest', { partition, detail: String(count) })
    })
  }

  private end(): void {
    if (!this.atRest) this.found.add('the group comes to rest once nothing disturbs it', {})
    for (const member of this.members.values())
      if (member.phase !== 'over') this.found.add('a member that is asked to leave ends', { member: member.name })
    this.logs.forEach((log, partition) => {
      const committed = this.truth.committed[partition] ?? 0
      // What is left may be markers: nothing is delivered of them, so that nothing may say when they are due.
      if (log.placeFrom(committed) < log.records.length || committed > log.end)
        this.found.add('at the end nothing lags', { partition, offset: committed, detail: `of ${String(log.end)}` })
    })
    this.streams.end(this.logs)
    if (this.truth.timersLeft > 0)
      this.found.add('nothing is left scheduled', { detail: String(this.truth.timersLeft) })
  }
}

const newMember = (name: string, config: MemberState['config']): MemberState => ({
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
  frozen: false
})
