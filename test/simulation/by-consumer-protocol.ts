import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { FaultyApi } from '../../src/sources/memory/fault-on-demand.js'
import type { GroupSettings } from './member.js'
import type { Action, Protocol, Schedule } from './schedule.js'

type Failing = Action & { readonly act: 'fail' }

/** What the one request of the consumer protocol is refused with, where a request of the classic one was made to fail. */
const heartbeats: ReadonlySet<FaultyApi> = new Set(['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup'])

/** Codes that mean nothing here, and what the coordinator says in their place. */
const inPlaceOf: ReadonlyMap<Failing['fault'], number> = new Map([
  [code.ILLEGAL_GENERATION, code.FENCED_MEMBER_EPOCH],
  [code.REBALANCE_IN_PROGRESS, code.FENCED_MEMBER_EPOCH],
  [code.MEMBER_ID_REQUIRED, code.UNRELEASED_INSTANCE_ID]
])

/** A member whose epoch has changed is refused as one that is stale. */
const stale: ReadonlySet<Failing['fault']> = new Set([code.ILLEGAL_GENERATION, code.REBALANCE_IN_PROGRESS])

const fails = (action: Failing, salt: number): Failing => {
  const { api, fault } = action
  // Every other answer is lost rather than the request: the group has heard it then.
  const broken = fault === 'disconnect' && salt % 2 === 0 ? 'answer lost' : fault
  if (heartbeats.has(api)) return { ...action, api: 'ConsumerGroupHeartbeat', fault: inPlaceOf.get(fault) ?? broken }
  if (api === 'OffsetCommit' && stale.has(fault)) return { ...action, fault: code.STALE_MEMBER_EPOCH }
  if (api === 'OffsetFetch' && salt % 3 === 0)
    return { ...action, fault: salt % 2 === 0 ? code.STALE_MEMBER_EPOCH : code.UNKNOWN_MEMBER_ID }
  return action
}

/** Where partitions are chosen by hand, there is no group whose protocol could be another. */
const inGroup = (schedule: Schedule): Schedule => ({
  ...schedule,
  isByHand: false,
  actions: schedule.actions.filter(({ act }) => act !== 'reassign')
})

/** What brokers decide under the consumer protocol. */
const ofBrokers: ReadonlySet<string> = new Set([
  'partition.assignment.strategy',
  'heartbeat.interval.ms',
  'session.timeout.ms'
])

/**
 * The same schedule for members by the consumer protocol (KIP-848). What brokers decide there is left out of their
 * configuration; the coordinator moves now and then besides.
 */
export const byConsumerProtocol = (classic: Schedule): Schedule => {
  const schedule = inGroup(classic)
  const random = seededRandom(schedule.seed ^ 0x3ad8025f)
  const below = (limit: number): number => Math.floor(random() * limit)
  const assignor = [null, null, 'uniform', 'range'][below(4)] ?? null
  const consumer = { ...schedule.member.consumer, ...(assignor === null ? {} : { 'group.remote.assignor': assignor }) }
  const actions: Action[] = schedule.actions.map((action) =>
    action.act === 'fail' ? fails(action, below(12)) : action
  )
  const isCalm = !schedule.actions.some(({ act }) => act === 'fail' || act === 'lose')
  if (!isCalm && below(3) === 0)
    actions.splice(below(actions.length + 1), 0, { afterMs: below(600), act: 'move', loadingMs: below(800) })
  return { ...schedule, member: { ...schedule.member, consumer }, protocols: ['consumer'], actions }
}

/** What a member of the protocol is configured with: the properties of the other have no meaning for it, and are refused. */
export const configuredFor = (protocol: Protocol, { consumer }: GroupSettings): GroupSettings['consumer'] => {
  const { 'group.remote.assignor': assignor, ...classic } = consumer
  if (protocol === 'classic') return classic
  const ours = Object.entries(classic).filter(([name]) => !ofBrokers.has(name))
  return {
    ...Object.fromEntries(ours),
    'group.protocol': 'consumer',
    ...(assignor === undefined ? {} : { 'group.remote.assignor': assignor })
  }
}
