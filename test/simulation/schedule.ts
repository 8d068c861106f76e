import type { FaultOnDemand, FaultyApi } from '../../src/sources/memory/fault-on-demand.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { ConsumerConfig } from '../../src/index.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { deeper } from './deeper.js'
import type { GroupSettings } from './member.js'
import type { Pace } from './world.js'

/** What groups in schedules choose their `partition.assignment.strategy` from. */
const strategies: readonly NonNullable<ConsumerConfig['partition.assignment.strategy']>[] = [
  ['range'],
  ['roundrobin', 'range'],
  ['sticky'],
  ['cooperative-sticky'],
  ['cooperative-sticky'],
  ['cooperative-sticky', 'range']
]

/** Where a member seeks to: a part of the log or of the time until now, or what look-ups say. */
export type Target = { readonly log: number } | { readonly time: number } | 'beginning' | 'end' | 'committed'

/** From where a member is called: from anywhere, or the next time that it is there. */
export type From = 'outside' | 'assigned' | 'project' | 'tap' | 'handler' | 'awaiting' | 'rebalances'

/** One thing that is done to the group, so long after the one before. `who` picks among those that are alive. */
export type Action = { readonly afterMs: number } & (
  | {
      readonly act: 'produce'
      readonly topic?: string
      readonly partition: number
      readonly count: number
      readonly transaction: 'none' | 'commit' | 'abort'
    }
  | { readonly act: 'start' }
  | { readonly act: 'drain' | 'close'; readonly who: number; readonly from?: From }
  | { readonly act: 'crash' | 'pause' | 'resume'; readonly who: number }
  | {
      readonly act: 'restart'
      readonly who: number
      readonly how: 'crash' | 'drain' | 'close'
      readonly forMs: number
      readonly more?: readonly string[]
    }
  | { readonly act: 'freeze' | 'cut'; readonly who: number; readonly forMs: number }
  | { readonly act: 'seek'; readonly who: number; readonly which: number; readonly from: From; readonly to: Target }
  /** `part` of what was delivered; null for what is settled, of every partition */
  | {
      readonly act: 'commit'
      readonly who: number
      readonly which: number
      readonly from: From
      readonly part: number | null
    }
  | { readonly act: 'resubscribe'; readonly who: number; readonly from?: From; readonly topics: readonly string[] }
  /** Each bit of `which` is one of the partitions that there are. */
  | { readonly act: 'reassign'; readonly who: number; readonly from: From; readonly which: number }
  | { readonly act: 'misuse'; readonly who: number; readonly call: number }
  | { readonly act: 'fail'; readonly api: FaultyApi; readonly fault: FaultOnDemand; readonly times: number }
  | { readonly act: 'slow'; readonly api: FaultyApi; readonly byMs: number }
  | { readonly act: 'lose'; readonly losses: number }
  | { readonly act: 'pace'; readonly pace: Pace }
  | { readonly act: 'elect'; readonly topic?: string; readonly partition: number }
  | { readonly act: 'grow'; readonly topic?: string }
  | { readonly act: 'recreate'; readonly topic: string; readonly partitions: number; readonly forMs: number }
  /** Another broker coordinates the group from now on, and loads it for so long. */
  | { readonly act: 'move'; readonly loadingMs: number }
)

/** `group.protocol` */
export type Protocol = 'classic' | 'consumer'

/** A whole schedule, made of its seed alone. */
export interface Schedule {
  readonly seed: number
  /** of the topic `orders` */
  readonly partitions: number
  /** of other topics; 0 where it is made later */
  readonly others?: Readonly<Record<string, number>>
  readonly maxLatencyMs: number
  readonly member: GroupSettings
  /** what members subscribe to, in turn; `orders` where nothing is said */
  readonly subscriptions?: readonly (readonly string[])[]
  /** Members have a `group.instance.id`. */
  readonly areStatic?: boolean
  /** One member at a time chooses its partitions by hand; a group assigns nothing. */
  readonly isByHand?: boolean
  /** `group.protocol` of its members, in turn: the last one is that of all that follow. @default 'classic' */
  readonly protocols?: readonly Protocol[]
  readonly actions: readonly Action[]
}

export const topicsOf = ({ partitions, others = {} }: Schedule): ReadonlyMap<string, number> =>
  new Map([['orders', partitions], ...Object.entries(others)])

const transient = [
  code.COORDINATOR_LOAD_IN_PROGRESS,
  code.COORDINATOR_NOT_AVAILABLE,
  code.NOT_COORDINATOR,
  'disconnect'
] as const
const membership = [code.ILLEGAL_GENERATION, code.UNKNOWN_MEMBER_ID, code.REBALANCE_IN_PROGRESS] as const
const reading = [code.NOT_LEADER_OR_FOLLOWER, code.LEADER_NOT_AVAILABLE, 'disconnect'] as const

const faults: readonly (readonly [FaultyApi, readonly (number | 'disconnect')[]])[] = [
  ['JoinGroup', [...transient, code.UNKNOWN_MEMBER_ID, code.MEMBER_ID_REQUIRED]],
  ['SyncGroup', [...transient, ...membership]],
  ['Heartbeat', [...transient, ...membership]],
  ['OffsetCommit', [...transient, ...membership, code.REQUEST_TIMED_OUT]],
  ['OffsetCommit', transient],
  ['OffsetFetch', transient],
  ['ListOffsets', reading],
  ['Fetch', reading],
  ['LeaveGroup', transient],
  ['Metadata', ['disconnect', code.LEADER_NOT_AVAILABLE]],
  ['OffsetForLeaderEpoch', reading]
]

const faultyMoods = ['calm', 'rough', 'rough', 'deadly', 'deadly'] as const

/** Makes the schedule of a seed. */
export const scheduleOf = (seed: number): Schedule => deeper(plainSchedule(seed))

/** Joins, leaves, crashes and faults of a group that reads one topic. A calm one has no faults: then nothing at all may be repeated. */
export const plainSchedule = (seed: number): Schedule => {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const oneOf = <A>(first: A, ...others: readonly A[]): A => others[below(others.length + 1) - 1] ?? first
  const pick = <A>(from: readonly [A, ...A[]] | readonly A[]): A => {
    const chosen = from[below(from.length)]
    if (chosen === undefined) throw new Error('nothing to pick from')
    return chosen
  }
  const mood = pick(faultyMoods)
  const partitions = 1 + below(oneOf(3, 6, 12))
  const orders = ['partition', 'partition', 'key', 'none'] as const
  const commitWithinMs = oneOf(20, 100, 500, 1_000)
  const member: GroupSettings = {
    order: pick(orders),
    concurrency: 1 + below(4),
    maxInFlight: oneOf(1, 3, 10, 1_000),
    commitWithinMs,
    drainTimeoutMs: oneOf(300, 1_000, 3_000),
    commitEvery: random() < 0.2 ? null : oneOf(1, 5, 50),
    consumer: {
      'partition.assignment.strategy': pick(strategies),
      'heartbeat.interval.ms': 300,
      'session.timeout.ms': 1_500,
      'max.poll.interval.ms': 8_000,
      'metadata.max.age.ms': 3_000,
      'retry.backoff.ms': 50,
      'retry.backoff.max.ms': 400,
      'max.poll.records': oneOf(1, 5, 500),
      'max.partition.fetch.bytes': oneOf(100, 300, 1_048_576)
    }
  }
  const pause = (): number => (random() < 0.5 ? below(60) : below(1_200))
  const action = (): Action => {
    const afterMs = pause()
    const who = below(12)
    const chance = random() * (mood === 'calm' ? 10 : mood === 'rough' ? 14 : 17)
    if (chance < 4) {
      const transaction = random() < 0.8 ? 'none' : oneOf('commit', 'abort')
      return { afterMs, act: 'produce', partition: below(partitions), count: 1 + below(oneOf(3, 12, 30)), transaction }
    }
    if (chance < 6) return { afterMs, act: 'start' }
    if (chance < 7.5) return { afterMs, act: 'drain', who }
    if (chance < 8.3) return { afterMs, act: 'pause', who }
    if (chance < 9) return { afterMs, act: 'resume', who }
    if (chance < 9.5) return { afterMs, act: 'pace', pace: oneOf('fast', 'mixed', 'slow') }
    if (chance < 9.8) return { afterMs, act: 'elect', partition: below(partitions) }
    if (chance < 10) return { afterMs, act: 'grow' }
    if (chance < 13) {
      const [api, codes] = pick(faults)
      return { afterMs, act: 'fail', api, fault: pick(codes), times: 1 + below(oneOf(1, 4)) }
    }
    if (chance < 14) return { afterMs, act: 'lose', losses: oneOf(0, 0.1, 0.3) }
    if (chance < 15) return { afterMs, act: 'crash', who }
    if (chance < 15.5) return { afterMs, act: 'close', who }
    if (chance < 16.2) return { afterMs, act: 'freeze', who, forMs: below(oneOf(1_000, 4_000)) }
    return { afterMs, act: 'cut', who, forMs: below(oneOf(1_000, 4_000)) }
  }
  const actions = Array.from({ length: 10 + below(30) }, action)
  return { seed, partitions, maxLatencyMs: oneOf(1, 10, 40), member, actions }
}
