import { listOf, problemsWith, refuseWrong, withMethods } from '../../model/check-arguments.js'
import type { ConsumerStatus } from '../../model/consumer-status.js'
import { escaped } from '../../model/printable.js'
import type { ShareStatus } from '../../model/share-status.js'

/** What health is computed from: a consumer, or a share consumer. */
export interface HealthSource {
  status(): ConsumerStatus | ShareStatus
}

/** Whether a process should keep running, and whether it does its work, with the reasons if not. */
export interface Health {
  /** false: a restart helps */
  readonly live: boolean
  /** false: it does not work (yet), and a restart would not help */
  readonly ready: boolean
  /** why it is not live or not ready, and what else is wrong, one each */
  readonly reasons: readonly string[]
}

/** The argument of each of these functions. */
export const sources = listOf(withMethods('a consumer', 'status'), 'a list of consumers')

/** A partition that has made no progress for this long is named. */
const oldMs = 60_000

/**
 * The health of consumers and share consumers.
 *
 * - Live: none of them was stopped by a fault, and none is blocked by hanging handlers. A consumer that joins, waits
 *   for a broker or drains is live: a restart would not help it.
 * - Ready: all are in their group. A standby without a partition is ready.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * const { live, reasons } = health([orders])
 */
export const health = (consumers: readonly HealthSource[]): Health => {
  refuseWrong(problemsWith('health: consumers', consumers, sources))
  const judged = consumers.map((consumer) => {
    const status = consumer.status()
    return 'fullMs' in status ? judgeShare(status) : judge(status)
  })
  return {
    live: judged.every(({ live }) => live),
    ready: judged.every(({ ready }) => ready),
    reasons: judged.flatMap(({ reasons }) => reasons)
  }
}

const judge = (status: ConsumerStatus): Health => {
  const { phase, partitions, forMs } = status
  const name = status.groupId === null ? 'consumer' : `consumer ${status.groupId}`
  const since = `for ${String(Math.round(forMs / 1_000))} s`
  const stopped = partitions.filter(({ standing }) => standing === 'stalled' || standing === 'unreadable')
  const old = partitions.filter((one) => !stopped.includes(one) && (one.oldest?.ageMs ?? 0) >= oldMs)
  const isWorking = phase === 'running' || phase === 'rebalancing'
  // If a working consumer has a partition that is held up, that partition's reason is listed instead.
  const reason = isWorking && status.waits.length === 0 && status.fault === null ? null : status.reason
  // Brokers name topics, and this text may be shown on a terminal.
  const reasons = [
    ...(isWorking && reason === null ? [] : [`${name} is ${phase} ${since}${reason === null ? '' : `: ${reason}`}`]),
    ...stopped.map(
      ({ topic, partition, standing, fault }) =>
        `${name}: ${topic}/${String(partition)} is ${standing}${fault === null ? '' : `: ${fault.reason}`}`
    ),
    ...old.map(
      ({ topic, partition, oldest }) =>
        `${name}: ${topic}/${String(partition)} offset ${oldest?.offset ?? ''} has not been settled for ${String(Math.round((oldest?.ageMs ?? 0) / 1_000))} s (${oldest?.lastOperator ?? ''})`
    )
  ].map(escaped)
  return { live: phase !== 'stopped' && phase !== 'suspended', ready: isWorking, reasons }
}

const judgeShare = ({ phase, groupId, fault, oldest }: ShareStatus): Health => {
  const name = `share consumer ${groupId}`
  const isRunning = phase === 'running'
  const because = fault === null ? '' : `: ${fault.reason}`
  const isOld = oldest !== null && oldest.ageMs >= oldMs
  const reasons = [
    ...(isRunning && fault === null ? [] : [`${name} is ${phase}${because}`]),
    ...(isOld
      ? [
          `${name}: ${oldest.topic}/${String(oldest.partition)} offset ${oldest.offset} has not been acknowledged for ${String(Math.round(oldest.ageMs / 1_000))} s`
        ]
      : [])
  ].map(escaped)
  return { live: phase !== 'stopped', ready: isRunning, reasons }
}
