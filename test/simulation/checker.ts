import { CommitChecker } from './check-commits.js'
import { EndingChecker, mayFail } from './check-endings.js'
import { PositionChecker } from './check-positions.js'
import { Findings } from './findings.js'
import { StreamChecker } from './check-streams.js'
import {
  type Ending,
  type GroupAtRest,
  type HistoryEvent,
  type Place,
  topicOf,
  type Truth,
  type Violation
} from './history.js'
import { CheckedLog, isOfFormerTopic, type MemberState, newMember, noLog, type Tenure } from './tenure.js'

/** After its deadline a drain may take this much longer where the member waits for the answer to its leaving. */
const leaveWithinMs = 5_000
/** A request that was sent is served within this time, whatever became of who sent it. */
const lateWithinMs = 1_000

/** Holds a history against the invariants of a consumer group; gives every violation. */
export const check = (history: readonly HistoryEvent[], truth: Truth): readonly Violation[] =>
  new Checker(truth).through(history)

class Checker {
  private readonly truth: Truth
  private readonly found = new Findings()
  private readonly logs: Map<Place, CheckedLog>
  /** of topics that are made anew, the logs that are still to come */
  private readonly later = new Map<Place, (CheckedLog | null)[]>()
  private readonly members = new Map<string, MemberState>()
  private readonly streams: StreamChecker
  private readonly commits: CommitChecker
  private readonly positions: PositionChecker
  private readonly endings: EndingChecker
  private readonly recreatedTopics = new Set<string>()
  private atRest = false
  /** `auto.offset.reset` of the group */
  private resets: MemberState['config']['reset'] = 'earliest'

  constructor(truth: Truth) {
    this.truth = truth
    this.logs = new Map()
    for (const [place, logs] of truth.logs) {
      const [first, ...others] = logs.map((log) => (log === null ? null : new CheckedLog(log)))
      if (first != null) this.logs.set(place, first)
      this.later.set(place, others)
    }
    this.commits = new CommitChecker(this.found, truth.roundTripMs)
    this.streams = new StreamChecker(this.found, this.commits)
    this.positions = new PositionChecker(this.found, this.commits, this.streams)
    this.endings = new EndingChecker(this.found, this.commits, truth.roundTripMs)
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
        this.started(newMember(event.member, event.config))
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
        for (const place of event.gained) this.gained(this.member(event.member), event.generation, place, event.inGroup)
        for (const place of event.kept) this.kept(this.member(event.member), place)
        this.member(event.member).generation = event.generation
        break
      case 'revoking':
        for (const place of event.places) this.revoking(this.member(event.member), place, event.withinMs)
        break
      case 'released':
        for (const place of event.places) this.released(this.member(event.member), place)
        break
      case 'revoked':
        for (const ending of event.endings) this.revoked(this.member(event.member), ending)
        break
      case 'lost':
        for (const ending of event.endings) this.lost(this.member(event.member), ending, event.reason)
        break
      case 'opened':
        this.streams.opened(event.stream, this.member(event.member), event.place)
        break
      case 'delivered':
        this.streams.delivered(event)
        break
      case 'started':
        this.streams.started(event.delivery)
        break
      case 'finished':
        this.streams.finished(event.delivery)
        break
      case 'settled':
        this.streams.settled(event.delivery)
        break
      case 'completed':
      case 'unsubscribed':
      case 'errored':
        this.streams.ended(event.stream, event.what)
        break
      case 'moved':
        this.positions.moved(this.member(event.member), event)
        break
      case 'located':
        this.positions.located(this.member(event.member), event)
        break
      case 'acknowledged':
        this.streams.acknowledged(this.member(event.member), event)
        break
      case 'misused':
        if (!event.refused)
          this.found.add('what no type allows is refused', { member: event.member, detail: event.call })
        break
      case 'recreated':
        this.recreated(event.topic)
        break
      case 'converted':
        for (const [member, places] of event.held) this.converted(member, places)
        break
      case 'fenced':
        this.fenced(event.member)
        break
      case 'topic known':
        this.topicKnown(this.member(event.member), event.topic, event.isCurrent)
        break
      case 'threw':
        this.found.add('nothing is thrown where nobody can catch it', { detail: event.error })
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
        this.streams.stored(this.member(event.member), event.offsets)
        break
      case 'commit refused':
        this.commits.refused(this.member(event.member), event.codes)
        break
      case 'commit troubled':
        this.member(event.member).troubledAt = event.at
        break
      case 'at rest':
        this.rest(event.group)
        break
      case 'produced':
      case 'disturbed':
      case 'did':
        break
    }
  }

  private member(name: string): MemberState {
    const member = this.members.get(name)
    if (member === undefined) throw new Error(`no member ${name} has started`)
    return member
  }

  private started(member: MemberState): void {
    const { instance } = member.config
    for (const other of this.members.values())
      if (instance !== null && other.config.instance === instance) {
        other.sharesName = true
        // What the other has sent may arrive after what this one sends.
        if (other.phase !== 'over' || this.found.now - other.overAt < lateWithinMs) member.sharesName = true
      }
    this.resets = member.config.reset
    this.members.set(member.name, member)
  }

  private gained(member: MemberState, generation: number, place: Place, inGroup: readonly string[]): void {
    const known = this.logs.get(place)
    // The group may have been assigned from before the topic was deleted.
    const isGone = known === undefined && this.recreatedTopics.has(topicOf(place))
    if (known === undefined && !isGone) {
      this.found.add('only partitions that exist are assigned', { member: member.name, place })
      return
    }
    const log = known ?? noLog
    if (member.tenures.has(place))
      this.found.add('assigned and revoked alternate', { member: member.name, place, detail: 'gained while held' })
    // A member that was frozen may be told late, of a generation that is over: it is no owner, but has to find that out.
    const isLate = !inGroup.includes(member.name)
    for (const other of this.members.values()) {
      const tenure = other.tenures.get(place)
      if (isLate || other === member || tenure === undefined) continue
      if (inGroup.includes(other.name) && !tenure.fenced && !tenure.released && !isOfFormerTopic(tenure))
        this.found.add('a partition has one owner among members that are not fenced', {
          member: member.name,
          place,
          detail: `held by ${other.name}, in generation ${String(generation)}`
        })
      if (tenure.released) continue
      tenure.fenced = true
      tenure.repeatableFrom = 0
    }
    member.tenures.set(place, {
      member,
      place,
      log,
      reading: this.positions.beginning(member, place, log),
      phase: 'held',
      released: false,
      fenced: isLate,
      isConvertedAway: false,
      isStale: isGone,
      revoking: null,
      stream: null,
      repeatableFrom: isLate ? 0 : log.records.length,
      stored: this.commits.storedOf(place) ?? 0
    })
  }

  /** A member that knew a topic before it reads the new one from its beginning, whatever was stored. */
  private topicKnown(member: MemberState, topic: string, isCurrent: boolean): void {
    const wasAnother = member.topics.get(topic) === 'another'
    member.topics.set(topic, isCurrent ? 'known' : 'another')
    if (!wasAnother || !isCurrent) return
    for (const tenure of member.tenures.values()) if (topicOf(tenure.place) === topic) this.positions.anew(tenure)
  }

  private converted(member: string, places: readonly Place[]): void {
    for (const tenure of this.members.get(member)?.tenures.values() ?? []) {
      if (places.includes(tenure.place)) continue
      tenure.isConvertedAway = true
      tenure.fenced = true
      tenure.repeatableFrom = 0
    }
  }

  /** It may come back under its id before it knows. */
  private fenced(member: string): void {
    for (const tenure of this.members.get(member)?.tenures.values() ?? []) {
      if (tenure.released) continue
      tenure.fenced = true
      tenure.repeatableFrom = 0
    }
  }

  private recreated(topic: string): void {
    this.recreatedTopics.add(topic)
    for (const { topics } of this.members.values()) if (topics.has(topic)) topics.set(topic, 'another')
    for (const [place, others] of this.later) {
      if (topicOf(place) !== topic) continue
      const next = others.shift()
      if (next == null) this.logs.delete(place)
      else this.logs.set(place, next)
      this.commits.recreated(place)
      this.streams.recreated(place)
      for (const { tenures } of this.members.values()) {
        const tenure = tenures.get(place)
        if (tenure !== undefined) tenure.isStale = true
      }
    }
  }

  private kept(member: MemberState, place: Place): void {
    const tenure = member.tenures.get(place)
    if (tenure?.phase !== 'held') this.found.add('what is kept was held', { member: member.name, place })
    else if (tenure.stream !== null && tenure.stream.ending !== null)
      this.found.add('the stream of a kept partition goes on', { member: member.name, place })
  }

  private revoking(member: MemberState, place: Place, withinMs: number): void {
    const tenure = member.tenures.get(place)
    if (tenure?.phase !== 'held') {
      this.found.add('only what is held is revoked', { member: member.name, place })
      return
    }
    // What it gives up because it was asked to leave has the time that it was asked to take.
    const atMost = Math.max(member.config.drainTimeoutMs, ...member.stops.map((stop) => stop.withinMs))
    if (withinMs > atMost) this.found.add('a drain has drain.timeout.ms at most', { member: member.name, place })
    tenure.phase = 'revoking'
    tenure.revoking = { at: this.found.now, withinMs }
  }

  private released(member: MemberState, place: Place): void {
    const tenure = member.tenures.get(place)
    if (tenure === undefined) return
    if (tenure.stream !== null && tenure.stream.ending === null)
      this.found.add('the stream of what is given up has ended', { member: member.name, place })
    const { revoking } = tenure
    if (revoking !== null)
      this.endings.judge(tenure, 'released', Math.min(revoking.at, member.stops[0]?.at ?? Infinity))
    tenure.released = true
  }

  private revoked(member: MemberState, ending: Ending): void {
    const { place } = ending
    const tenure = member.tenures.get(place)
    if (tenure?.revoking == null) {
      this.found.add('assigned and revoked alternate', { member: member.name, place, detail: 'revoked unasked' })
      return
    }
    const { at, withinMs } = tenure.revoking
    const took = this.found.now - at
    const interrupted = member.frozenAt >= at
    if (took > withinMs + 1 && !interrupted)
      this.found.add('a drain ends by its deadline', { member: member.name, place, detail: `${String(took)} ms` })
    if (!tenure.released) this.endings.judge(tenure, 'stopped', Math.min(at, member.stops[0]?.at ?? Infinity))
    this.endings.judgeReport(tenure, ending)
    this.over(tenure)
  }

  private lost(member: MemberState, ending: Ending, reason: string): void {
    const { place } = ending
    const tenure = member.tenures.get(place)
    if (tenure === undefined) {
      this.found.add('assigned and revoked alternate', { member: member.name, place, detail: 'lost unheld' })
      return
    }
    if (reason.includes('deadline passed') && member.frozenAt < (tenure.revoking?.at ?? 0))
      this.found.add('a drain ends by its deadline', { member: member.name, place, detail: reason })
    tenure.repeatableFrom = 0
    this.endings.judgeReport(tenure, ending)
    this.over(tenure)
  }

  private over(tenure: Tenure): void {
    const { member, place, stream } = tenure
    if (stream !== null && stream.ending === null)
      this.found.add('the stream of what is given up has ended', { member: member.name, place })
    this.commits.over(tenure)
    tenure.phase = 'over'
    member.tenures.delete(place)
  }

  private stopping(member: MemberState, how: 'drain' | 'close', withinMs: number): void {
    member.phase = 'stopping'
    member.stops.push({ at: this.found.now, withinMs, how })
  }

  private ended(member: MemberState, error: string | null): void {
    const [first] = member.stops
    if (error !== null && mayFail(member, error)) {
      for (const tenure of [...member.tenures.values()]) this.over(tenure)
    } else if (error !== null || first === undefined) {
      this.found.add('a member ends only when it is asked to', { member: member.name, detail: error ?? 'unasked' })
    } else {
      const deadline = Math.min(...member.stops.map(({ at, withinMs }) => at + withinMs))
      if (this.found.now > deadline + leaveWithinMs + 1 && member.frozenAt < first.at)
        this.found.add('leaving ends in time', { member: member.name, detail: `due at ${String(deadline)}` })
      for (const tenure of [...member.tenures.values()]) {
        this.endings.judge(tenure, 'stopped', Math.min(first.at, tenure.revoking?.at ?? Infinity))
        this.over(tenure)
      }
    }
    member.phase = 'over'
    member.overAt = this.found.now
  }

  private crashed(member: MemberState): void {
    for (const tenure of member.tenures.values()) {
      tenure.repeatableFrom = 0
      tenure.phase = 'over'
    }
    member.tenures.clear()
    member.phase = 'over'
    member.overAt = this.found.now
    member.generation = -1
  }

  private rest({ state, generation, members, given }: GroupAtRest): void {
    this.atRest = true
    const alive = [...this.members.values()].filter((member) => member.phase !== 'over')
    const names = alive.map(({ name }) => name).sort()
    if (state !== 'Stable' || names.join() !== [...members].sort().join())
      this.found.add('the group settles with its living members', { detail: `${state}: ${members.join()}` })
    const owners = new Map<Place, number>()
    for (const member of alive) {
      const held = [...member.tenures.keys()].sort()
      const told = [...(given.get(member.name) ?? [])].sort()
      if (held.join() !== told.join() || member.generation !== generation)
        this.found.add('what members hold is what the group gave them', {
          member: member.name,
          detail: `holds ${held.join()} of ${String(member.generation)}, given ${told.join()} of ${String(generation)}`
        })
      for (const place of held) owners.set(place, (owners.get(place) ?? 0) + 1)
    }
    for (const place of this.logs.keys()) {
      const count = owners.get(place) ?? 0
      if (count !== 1) this.found.add('every partition has one owner at rest', { place, detail: String(count) })
    }
  }

  private end(): void {
    if (!this.atRest) this.found.add('the group comes to rest once nothing disturbs it', {})
    for (const member of this.members.values())
      if (member.phase !== 'over') this.found.add('a member that is asked to leave ends', { member: member.name })
    for (const [place, log] of this.logs) {
      const committed = this.truth.committed.get(place) ?? 0
      // What is left may be markers: nothing is delivered of them, so that nothing may say when they are due.
      const last = log.records.at(-1)
      const lags = log.indexFrom(committed) < log.records.length && !this.streams.isSkipped(place, last?.offset ?? -1)
      if (lags || committed > log.end)
        this.found.add('at the end nothing lags', { place, offset: committed, detail: `of ${String(log.end)}` })
    }
    const from = (place: Place): number => (this.resets === 'earliest' ? 0 : this.commits.responsibleFrom(place))
    this.streams.end(this.logs, from)
    if (this.truth.timersLeft > 0)
      this.found.add('nothing is left scheduled', { detail: String(this.truth.timersLeft) })
  }
}
