import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { misuses } from './misuses.js'
import type { Action, From, Schedule, Target } from './schedule.js'

/** What a plain schedule may have besides. */
const themes = ['latest', 'seeks', 'refusals', 'late answers', 'topics', 'misuse', 'odd leaving'] as const

/** Came later: they have dice of their own, so that the other themes of a seed stay what they were. */
const laterThemes = ['recreated', 'static', 'resubscribing'] as const

/** Latest, with dice of their own again. */
const latestThemes = ['commits asked for'] as const

/** They change what all the others mean. */
const lastThemes = ['by hand'] as const

export type Theme = (typeof themes | typeof laterThemes | typeof latestThemes | typeof lastThemes)[number]

/** Chance for one seed: a stream of its own, so that the plain schedule of the seed stays what it is. */
interface Dice {
  readonly random: () => number
  readonly below: (limit: number) => number
  readonly oneOf: <A>(first: A, ...others: readonly A[]) => A
}

const diceOf = (seed: number, salt = 0x2545f491): Dice => {
  const random = seededRandom(seed ^ salt)
  const below = (limit: number): number => Math.floor(random() * limit)
  return { random, below, oneOf: (first, ...others) => others[below(others.length + 1) - 1] ?? first }
}

/** Adds to the schedule of a seed what it has of these themes; five of six seeds have some. */
export const deeper = (schedule: Schedule): Schedule => last(latest(later(sooner(schedule))))

const sooner = (schedule: Schedule): Schedule => {
  const dice = diceOf(schedule.seed)
  if (dice.below(4) === 0) return schedule
  const left = [...themes]
  const chosen = Array.from({ length: dice.oneOf(1, 1, 2, 3) }, () => left.splice(dice.below(left.length), 1)[0])
  return withThemes(
    schedule,
    chosen.flatMap((theme) => theme ?? []),
    dice
  )
}

const later = (schedule: Schedule): Schedule => {
  const dice = diceOf(schedule.seed, 0x1b873593)
  if (dice.below(3) > 0) return schedule
  return withThemes(schedule, [dice.oneOf(...laterThemes)], dice)
}

const latest = (schedule: Schedule): Schedule => {
  const dice = diceOf(schedule.seed, 0x9e3779b9)
  return dice.below(4) > 0 ? schedule : withThemes(schedule, latestThemes, dice)
}

const last = (schedule: Schedule): Schedule => {
  const dice = diceOf(schedule.seed, 0x85ebca6b)
  return dice.below(10) > 0 ? schedule : withThemes(schedule, lastThemes, dice)
}

/** The schedule with these themes. */
export const withThemes = (schedule: Schedule, chosen: readonly Theme[], dice = diceOf(schedule.seed)): Schedule =>
  chosen.reduce((so, theme) => scattered(so, additions[theme](so, dice), dice), schedule)

/** What a theme changes, and the actions that it scatters among the others; lists stay together. */
interface Addition {
  readonly change?: Partial<Schedule>
  readonly actions: readonly (readonly Action[])[]
}

const scattered = (schedule: Schedule, { change = {}, actions }: Addition, dice: Dice): Schedule => {
  const all = [...schedule.actions]
  for (const list of actions) all.splice(dice.below(all.length + 1), 0, ...list)
  return { ...schedule, ...change, actions: all }
}

const listOf = <A>({ below }: Dice, atMost: number, make: () => A): readonly A[] =>
  Array.from({ length: 1 + below(atMost) }, make)

/** Every code that Kafka answers OffsetCommit with. */
const refusals = [
  code.UNKNOWN_SERVER_ERROR,
  code.UNKNOWN_TOPIC_OR_PARTITION,
  code.REQUEST_TIMED_OUT,
  code.OFFSET_METADATA_TOO_LARGE,
  code.COORDINATOR_LOAD_IN_PROGRESS,
  code.COORDINATOR_NOT_AVAILABLE,
  code.NOT_COORDINATOR,
  code.ILLEGAL_GENERATION,
  code.UNKNOWN_MEMBER_ID,
  code.REBALANCE_IN_PROGRESS,
  code.INVALID_COMMIT_OFFSET_SIZE,
  code.TOPIC_AUTHORIZATION_FAILED,
  code.GROUP_AUTHORIZATION_FAILED,
  code.KAFKA_STORAGE_ERROR,
  code.UNSTABLE_OFFSET_COMMIT
] as const

const additions: Readonly<Record<Theme, (schedule: Schedule, dice: Dice) => Addition>> = {
  latest: ({ member, partitions }, dice) => {
    const { below, oneOf } = dice
    const rest = (): readonly Action[] => [
      { afterMs: below(2_000), act: oneOf('drain', 'close'), who: below(12) },
      { afterMs: below(300), act: 'produce', partition: below(partitions), count: 1 + below(3), transaction: 'none' },
      { afterMs: below(300), act: 'start' }
    ]
    return { change: { member: { ...member, reset: 'latest' } }, actions: listOf(dice, 3, rest) }
  },
  seeks: (_schedule, dice) => ({ actions: listOf(dice, 5, () => seeks(dice)) }),
  refusals: (_schedule, dice) => {
    const { below, oneOf } = dice
    const refusal = (): Action => {
      const fault = refusals[below(refusals.length)] ?? code.UNKNOWN_SERVER_ERROR
      return { afterMs: below(600), act: 'fail', api: 'OffsetCommit', fault, times: oneOf(1, 1, 2, 5) }
    }
    return { actions: listOf(dice, 8, () => [refusal()]) }
  },
  'late answers': (_schedule, dice) => ({
    actions: listOf(dice, 4, () => [late(dice, 'ListOffsets', 'OffsetFetch', 'Metadata', 'OffsetForLeaderEpoch')])
  }),
  topics: (schedule, dice) => {
    const { below, oneOf } = dice
    const others = { refunds: below(4), audits: oneOf(0, 1 + below(3)) }
    const all = ['orders', ...Object.keys(others)]
    const wanted = (): readonly string[] => {
      const some = all.filter(() => below(2) === 0)
      return some.length === 0 ? [oneOf('orders', 'refunds')] : some
    }
    const produce = (topic: 'refunds' | 'audits'): Action => ({
      afterMs: below(300),
      act: 'produce',
      topic,
      partition: below(Math.max(1, others[topic])),
      count: 1 + below(5),
      transaction: 'none'
    })
    const actions = [
      ...listOf(dice, 6, () => [produce(oneOf('refunds', 'audits'))]),
      ...listOf(dice, 3, (): readonly Action[] => [
        { afterMs: below(1_000), act: 'grow', topic: oneOf('refunds', 'audits') }
      ])
    ]
    return { change: { others: { ...schedule.others, ...others }, subscriptions: listOf(dice, 4, wanted) }, actions }
  },
  recreated: ({ partitions, others = {} }, dice) => {
    const { below, oneOf } = dice
    const topic = oneOf('orders', ...Object.keys(others))
    const elect = (): Action => ({ afterMs: below(50), act: 'elect', topic, partition: below(partitions) })
    const again = (): readonly Action[] => [
      ...listOf(dice, 4, elect),
      { afterMs: below(300), act: 'recreate', topic, partitions: 1 + below(partitions), forMs: oneOf(0, below(4_000)) },
      { afterMs: below(500), act: 'produce', topic, partition: 0, count: 1 + below(5), transaction: 'none' }
    ]
    return { actions: listOf(dice, 2, again) }
  },
  static: ({ others = {} }, dice) => {
    const { below, oneOf } = dice
    const more = Object.keys(others)
    const restart = (): Action => ({
      afterMs: below(500),
      act: 'restart',
      who: below(12),
      how: oneOf('crash', 'crash', 'drain', 'close'),
      forMs: below(oneOf(100, 1_000, 4_000)),
      ...(more.length > 0 && below(2) === 0 ? { more } : {})
    })
    return { change: { areStatic: true }, actions: listOf(dice, 4, () => [restart()]) }
  },
  misuse: (_schedule, dice) => {
    const { below } = dice
    const misuse = (): Action => ({ afterMs: below(300), act: 'misuse', who: below(12), call: below(misuses.length) })
    return { actions: listOf(dice, 8, () => [misuse()]) }
  },
  'commits asked for': (_schedule, dice) => {
    const { below, oneOf, random } = dice
    const ask = (): Action => ({
      afterMs: below(oneOf(5, 400)),
      act: 'commit',
      who: below(12),
      which: below(12),
      from: oneOf('outside', 'outside', 'tap', 'handler', 'rebalances'),
      part: oneOf(null, 1, round(random()), round(random()))
    })
    return { actions: listOf(dice, 8, () => [ask()]) }
  },
  resubscribing: ({ others = {} }, dice) => {
    const { below } = dice
    const all = ['orders', ...Object.keys({ refunds: 0, ...others })]
    const resubscribe = (): Action => {
      const some = all.filter(() => below(2) === 0)
      const topics = some.length === 0 ? ['orders'] : some
      return { afterMs: below(600), act: 'resubscribe', who: below(12), from: anywhere(dice), topics }
    }
    const produce = (): Action => ({
      afterMs: below(300),
      act: 'produce',
      topic: 'refunds',
      partition: below(2),
      count: 1 + below(4),
      transaction: 'none'
    })
    const actions = [...listOf(dice, 6, () => [resubscribe()]), ...listOf(dice, 4, () => [produce()])]
    return { change: { others: { refunds: 2, ...others } }, actions }
  },
  'by hand': (_schedule, dice) => {
    const { below, oneOf } = dice
    const reassign = (): Action => ({
      afterMs: below(oneOf(5, 400)),
      act: 'reassign',
      who: 0,
      from: anywhere(dice),
      which: below(1 << 16)
    })
    return { change: { isByHand: true }, actions: listOf(dice, 12, () => [reassign()]) }
  },
  'odd leaving': (_schedule, dice) => {
    const { below, oneOf } = dice
    const from = (): From => oneOf('assigned', 'project', 'tap', 'tap', 'handler', 'awaiting', 'rebalances')
    const leave = (): Action => ({ afterMs: below(600), act: oneOf('drain', 'close'), who: below(12), from: from() })
    return { actions: listOf(dice, 3, () => [leave()]) }
  }
}

const late = ({ below, oneOf }: Dice, ...apis: readonly [SlowApi, ...SlowApi[]]): Action => ({
  afterMs: below(300),
  act: 'slow',
  api: oneOf(...apis),
  byMs: oneOf(0, 100, 500, 2_000)
})

type SlowApi = (Action & { readonly act: 'slow' })['api']

const anywhere = ({ oneOf }: Dice): From =>
  oneOf('outside', 'outside', 'assigned', 'project', 'handler', 'tap', 'rebalances')

/** One, or two at once: so that the second comes while the first is looked up. */
const seeks = (dice: Dice): readonly Action[] => {
  const { below, oneOf, random } = dice
  const who = below(12)
  const which = below(12)
  const to = (): Target =>
    oneOf<Target>({ log: round(random()) }, { log: 0 }, { time: round(random()) }, 'beginning', 'end', 'committed')
  const seek = (): Action => ({ afterMs: below(oneOf(2, 40)), act: 'seek', who, which, from: anywhere(dice), to: to() })
  const slow = below(3) === 0 ? [late(dice, 'ListOffsets', 'OffsetFetch')] : []
  return [...slow, { ...seek(), afterMs: below(600) }, ...(below(2) === 0 ? [seek()] : [])]
}

const round = (part: number): number => Math.round(part * 100) / 100
