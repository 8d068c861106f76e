import { isoDurationMs } from '../../config/iso-duration.js'

/** An integer from `least` on, up to what a broker's limit `group.….max.…` is by default. */
interface IntegerRule {
  readonly least: number
  readonly most: number
  /** the broker's property for `most` */
  readonly limit: string
}

const upTo = (most: number, limit: string, least = 1): IntegerRule => ({ least, most, limit })

/**
 * What a Kafka 4.3.1 broker takes as the configuration of a group (`GroupConfig`). Upper limits are the brokers' defaults. Lower
 * limits are the lowest that a broker can be configured with: in virtual time nobody waits for 15 s of a lock.
 */
const integers: Readonly<Record<string, IntegerRule>> = {
  'consumer.assignment.interval.ms': upTo(15_000, 'group.consumer.max.assignment.interval.ms', 0),
  'consumer.heartbeat.interval.ms': upTo(15_000, 'group.consumer.max.heartbeat.interval.ms'),
  'consumer.session.timeout.ms': upTo(60_000, 'group.consumer.max.session.timeout.ms'),
  'share.assignment.interval.ms': upTo(15_000, 'group.share.max.assignment.interval.ms', 0),
  'share.delivery.count.limit': upTo(10, 'group.share.max.delivery.count.limit', 2),
  'share.heartbeat.interval.ms': upTo(15_000, 'group.share.max.heartbeat.interval.ms'),
  'share.partition.max.record.locks': upTo(4_000, 'group.share.max.partition.max.record.locks', 100),
  'share.record.lock.duration.ms': upTo(60_000, 'group.share.max.record.lock.duration.ms', 1_000),
  'share.session.timeout.ms': upTo(60_000, 'group.share.max.session.timeout.ms'),
  'streams.assignment.interval.ms': upTo(15_000, 'group.streams.max.assignment.interval.ms', 0),
  'streams.heartbeat.interval.ms': upTo(15_000, 'group.streams.max.heartbeat.interval.ms'),
  'streams.initial.rebalance.delay.ms': upTo(Infinity, '', 0),
  'streams.num.standby.replicas': upTo(2, 'group.streams.max.standby.replicas', 0),
  'streams.session.timeout.ms': upTo(60_000, 'group.streams.max.session.timeout.ms')
}

const byDuration = 'by_duration:'

const isDuration = (value: string): boolean =>
  value.startsWith(byDuration) && (isoDurationMs(value.slice(byDuration.length)) ?? -1) >= 0

/** Of properties that are no integers what is wrong with a value, in Kafka's words; null if nothing is. */
const others: Readonly<Record<string, (name: string, value: string) => string | null>> = {
  'share.auto.offset.reset': (name, value) =>
    value === 'earliest' || value === 'latest' || isDuration(value)
      ? null
      : `Invalid value \`${value}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`,
  'share.isolation.level': (_, value) =>
    value === 'read_committed' || value === 'read_uncommitted'
      ? null
      : 'String must be one of: read_committed, read_uncommitted',
  'share.renew.acknowledge.enable': (_, value) =>
    /^(true|false)$/i.test(value) ? null : 'Expected value to be either true or false'
}

const greatestInt = 2_147_483_647

/** Why a broker refuses the configuration of a group, in Kafka's words; null if it takes it. */
export const groupConfigProblem = (set: Readonly<Record<string, string>>): string | null => {
  const unknown = Object.keys(set).find((name) => !Object.hasOwn(integers, name) && !Object.hasOwn(others, name))
  if (unknown !== undefined) return `Unknown group config name: ${unknown}`
  const problems = Object.entries(set).map(([name, value]) => invalid(name, value))
  // A value that means nothing is found before one that exceeds a limit.
  return problems.find((problem) => problem !== null) ?? beyond(set)
}

const invalid = (name: string, value: string): string | null => {
  const rule = integers[name]
  const trimmed = value.trim()
  const wrong = (why: string, shown = value): string => `Invalid value ${shown} for configuration ${name}: ${why}`
  if (rule === undefined) {
    const why = others[name]?.(name, trimmed) ?? null
    return why === null ? null : wrong(why, trimmed)
  }
  const number = Number(trimmed)
  if (!/^[+-]?\d+$/.test(trimmed) || Math.abs(number) > greatestInt) return wrong('Not a number of type INT')
  return number < rule.least ? wrong(`Value must be at least ${String(rule.least)}`, String(number)) : null
}

const beyond = (set: Readonly<Record<string, string>>): string | null => {
  for (const [name, value] of Object.entries(set)) {
    const rule = integers[name]
    if (rule !== undefined && Number(value) > rule.most) return `${name} must be less than or equal to ${rule.limit}`
  }
  return null
}
