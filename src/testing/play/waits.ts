import type { PartitionPosition, PartitionState } from '../../model/partition-position.js'
import { keyOf } from '../../model/topic-partition.js'
import { placeText } from '../diagram/line-label.js'
import type { OpenTimer } from '../time/virtual-globals.js'
import type { AnnouncedWait } from './announced-waits.js'
import { placeOf } from './leaks.js'
import type { MemoryHost } from './memory-host.js'
import type { LineWait } from './line-waits.js'
import type { RecordedAck } from './recorded-record.js'
import { isShareScenario } from './share-scenario.js'
import type { Stage } from './stage.js'
import type { Life } from './stage-lives.js'
import type { StageMember } from './stage-member.js'

/** More of them say nothing more. */
const mostShown = 12

/**
 * What the members wait for now, as lines; empty if they wait for nothing. What a diagram lacks may be yet to come: without this
 * a pipeline that waits for a retry looks like one that has lost its record.
 */
export const waitsOf = (
  stage: Stage,
  host: MemoryHost,
  timers: readonly OpenTimer[],
  when: 'when the diagram ended' | 'at the end' = 'when the diagram ended'
): readonly string[] => {
  const lines = [
    ...new Set([
      ...stage.lives.flatMap((life) => ofLife(stage, host, life)),
      ...[...host.waits, ...stage.sink.waits.all].map((wait) => ofLine(stage, wait)),
      ...(isShareScenario(stage.scenario) ? ofLocks(stage, host) : []),
      ...timers.map(
        ({ kind, ms, dueAt, madeAt }) => `a ${kind} of ${String(ms)} ms ends ${at(dueAt)}, made ${placeOf(madeAt)}`
      )
    ])
  ]
  if (lines.length === 0) return []
  const hidden = lines.length - mostShown
  return [
    `${when}, ${at(host.clock.now())}:`,
    ...lines.slice(0, mostShown).map((line) => `  ${line}`),
    ...(hidden > 0 ? [`  and ${String(hidden)} more`] : [])
  ]
}

const at = (ms: number): string => `at ${String(Math.round(ms))} ms`
const until = (ms: number): string => (ms === Infinity ? 'and never ends' : `until ${String(Math.round(ms))} ms`)

const ofLife = (stage: Stage, host: MemoryHost, { member, process }: Life): readonly string[] => {
  const { name, memberId, isOver } = member
  if (process.isDead) {
    const isKnown = host.cluster.describeGroup(stage.groupId).members.some((one) => one.memberId === memberId)
    return memberId !== null && isKnown ? [`${name} has died, and its group waits for the end of its session`] : []
  }
  if (isOver || !member.hasSubscribed) return []
  const reread = member.kind === 'consumer' ? rereadOf(member) : new Set()
  return [
    ...(member.kind === 'consumer' ? ofConsumer(member) : ofShares(member.name, member.status.phase)),
    ...member.waits.map((wait) => `${name} ${ofAnnounced(wait, (place) => member.letterOf(place))}`),
    ...member.acks.flatMap((ack) => {
      const text = ack.isSettled || ack.isStale() ? null : ofRecord(ack, reread.has(keyOf(ack.record)))
      return text === null ? [] : [`${name}: ${member.letterOf(ack.record)} of ${placeText(ack.record)} ${text}`]
    })
  ]
}

const ofShares = (name: string, phase: string): readonly string[] =>
  phase === 'running' || phase === 'left' ? [] : [`${name} is ${phase}`]

const ofConsumer = (member: StageMember): readonly string[] => {
  const { name, consumer } = member
  const { phase, waits } = consumer.status()
  const positions = consumer.positions()
  const committing = waits.filter(({ for: kind }) => kind === 'committing')
  return [
    ...(phase === 'running' || phase === 'left' ? [] : [`${name} is ${phase}`]),
    ...(phase === 'running' && positions.length === 0 ? [`${name} has no partition`] : []),
    ...committing.map(
      ({ what, fault }) => `${name} tries to commit ${what} again${fault === null ? '' : `: ${fault.reason}`}`
    ),
    ...positions.flatMap((position) => ofPosition(member, position).map((text) => `${name} ${text}`))
  ]
}

/** The states in which a partition makes no progress, though nothing else here says why. */
const still: Partial<Record<PartitionState, string>> = {
  starting: 'looks up where to begin',
  'not subscribed': 'is not subscribed to',
  unsubscribed: 'is not subscribed to any more',
  paused: 'is paused',
  'no credit': 'delivers nothing more before a record in flight is settled (`maxInFlight`)',
  'commit range full': 'delivers nothing more before its first unsettled record is settled',
  'no memory': 'delivers nothing more before records in flight are settled (`maxInFlightBytes`)',
  rebalancing: 'waits for the rebalance of its group',
  draining: 'is drained',
  'pipeline ended': 'has no pipeline any more',
  'broker down': 'cannot be fetched',
  unreadable: 'cannot be read',
  stalled: 'is lost, since nothing was done for `max.poll.interval.ms`'
}

const ofPosition = (member: StageMember, position: PartitionPosition): readonly string[] => {
  const place = placeText(position)
  const why = still[position.standing]
  const { heldUpBy } = position
  return [
    ...(why === undefined || heldUpBy !== null ? [] : [`${place} ${why}`]),
    // In a test the wall clock begins with it.
    ...(heldUpBy === null ? [] : [`${place} waits: ${heldUpBy.replace(/(\d+) \(ms since 1970\)/, '$1 ms')}`]),
    ...uncommitted(member, position)
  ]
}

/** Records that are settled, and whose offsets are not committed yet. */
const uncommitted = ({ acks }: StageMember, position: PartitionPosition): readonly string[] => {
  const { committed } = position
  const here = acks.filter(({ record }) => keyOf(record) === keyOf(position) && record.offset >= (committed ?? 0n))
  const current = here.filter((ack) => !ack.isStale())
  const first = current.find(({ isSettled }) => !isSettled)
  const behind = (ack: RecordedAck): boolean => first !== undefined && ack.record.offset > first.record.offset
  const waiting = current.filter(({ isSettled }) => isSettled)
  const place = placeText(position)
  return [
    ...(waiting.some(behind) ? [`${place} cannot commit what lies behind a record that is not settled`] : []),
    ...(waiting.some((ack) => !behind(ack))
      ? [
          `${place} has settled records that are not committed yet (\`every\`, \`withinMs\`, \`auto.commit.interval.ms\`)`
        ]
      : [])
  ]
}

/** Partitions whose unsettled records are delivered again, so that no operator needs to have them. */
const rereadOf = ({ consumer }: StageMember): ReadonlySet<string> =>
  new Set(
    consumer
      .positions()
      .filter(({ heldUpBy, standing }) => heldUpBy !== null || standing === 'unsubscribed' || standing === 'draining')
      .map(keyOf)
  )

const ofRecord = ({ work, isHeld }: RecordedAck, isReread: boolean): string | null => {
  if (work?.is === 'backing off') return `has failed and waits for its next attempt ${until(work.until)}`
  if (work?.is === 'handled') return `has been in a handler since ${String(work.since)} ms`
  if (isHeld) return 'waits in an operator: for the record before it, or for others of its batch'
  return isReread ? null : 'is not settled, and no operator has it'
}

const ofAnnounced = (
  { event, until: ends }: AnnouncedWait,
  letterOf: (place: Parameters<StageMember['letterOf']>[0]) => string
): string => {
  switch (event._tag) {
    case 'pipeline restarting':
      return `begins its pipeline of ${placeText(event)} again ${at(ends)}`
    case 'retried later':
      return `has moved ${letterOf(event)} of ${placeText(event)} to ${event.to}, where it waits ${until(ends)}`
    case 'reconnecting':
      return `tries to reach ${event.broker} again`
    case 'waiting':
      return `waits: ${event.reason}`
    case 'joining':
      return 'waits for the other members of its group'
  }
}

const ofLine = ({ lives }: Stage, { what, until: ends, process }: LineWait): string => {
  const life = lives.find((one) => one.process.clock === (process as unknown))
  return `${life === undefined ? '' : `${life.member.name}: `}${what} ${until(ends)}`
}

const ofLocks = (stage: Stage, host: MemoryHost): readonly string[] => {
  const { groupId, lives, letters } = stage
  const places = [...new Map(letters.all.map((written) => [keyOf(written), written])).values()]
  return places.flatMap((place) =>
    host.locksOf(groupId, place).map(({ offset, memberId, until: ends }) => {
      const holder = lives.find(({ member }) => member.memberId === memberId)
      const ack = holder?.member.acks.findLast(
        ({ record }) => keyOf(record) === keyOf(place) && record.offset === offset
      )
      const sent = ack?.isSettled === true ? ', acknowledged with the next request' : ''
      const name =
        holder === undefined
          ? 'a member that has left'
          : `${holder.member.name}${holder.process.isDead ? ', which has died' : ''}`
      const { letter } = letters.of(place.topic, place.partition, offset)
      return `${letter} of ${placeText(place)} is locked by ${name}${sent}, ${until(ends)}`
    })
  )
}
