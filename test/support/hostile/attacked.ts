import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { firstValueFrom } from 'rxjs'
import type { ConsumerConfig } from '../../../src/index.js'
import { kafka } from '../../../src/kafka.js'
import { encodeBatch } from '../../../src/core/records/encode-batch.js'
import { until } from '../collect.js'
import { uniqueName } from '../kafka.js'
import { rawProducer } from '../raw-producer.js'
import { plainRecord } from '../record-runs.js'
import type { Attack } from './attacks.js'

const program = fileURLToPath(new URL('./member.mjs', import.meta.url))
const mebibyte = 2 ** 20

/** What the member may keep, in bytes: the defaults. */
const bounds = {
  'fetch.max.bytes': 50 * mebibyte,
  maxInFlightBytes: 50 * mebibyte,
  'max.decompressed.bytes': 64 * mebibyte
}
export const configuredBytes = Object.values(bounds).reduce((sum, bytes) => sum + bytes, 0)

/** All but the bounds is Kafka's default, but for heartbeats that are counted in seconds. */
const config: Partial<ConsumerConfig> = { ...bounds, 'session.timeout.ms': 10_000, 'heartbeat.interval.ms': 500 }

interface Standing {
  readonly standing: string
  readonly committed: string
  readonly logEnd: string
  readonly fault: string | null
}

/** What the member says of itself. */
export interface MemberState {
  readonly attacked: Standing | undefined
  readonly good: Standing | undefined
  /** how many records, by partition */
  readonly handled: readonly [number, number]
  readonly rebalances: readonly string[]
  readonly events: Readonly<Record<string, number>>
  /** ms for which its thread did nothing else */
  readonly longestStop: number
  /** the most that its process ever had in memory, above what it had before it did anything */
  readonly moreBytes: number
}

/** Records of the other partition, in each of two halves. */
export const goodRecords = 500

/**
 * Writes the attack to one partition and good records to another, and has a process of its own read both: it holds what comes
 * of the attack while the good ones go on, and then lets it go. Gives what it says of itself in the end.
 */
export const attacked = async (
  brokers: string,
  { batches, decodesJson, topicConfig = {} }: Attack,
  times: number
): Promise<MemberState> => {
  const topic = uniqueName('hostile')
  await firstValueFrom(
    kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions: 2, config: topicConfig }])
  )
  const producer = rawProducer(brokers)
  const written = (partition: number, bytes: Uint8Array): Promise<void> => producer.produce(topic, partition, bytes)
  const good = encodeBatch({
    baseOffset: 0n,
    records: Array.from({ length: goodRecords }, () => plainRecord('"good"'))
  })
  for (const bytes of batches(times)) await written(0, bytes)
  await written(1, good)
  const child = spawn(process.execPath, [program, JSON.stringify({ brokers, topic, config, decodesJson })], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit')
  let state: MemberState | undefined
  let failed: string | null = null
  child.on('message', (said: MemberState | { readonly error: string }) => {
    if ('error' in said) failed = said.error
    else state = said
  })
  const reaches = (what: string, isThere: (now: MemberState) => boolean): Promise<void> =>
    until(() => {
      if (failed !== null || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the member ended (${String(failed ?? child.signalCode ?? child.exitCode)}) before ${what}`)
      return state !== undefined && isThere(state)
    }, what)
  try {
    const isAtRest = (one: Standing | undefined): boolean =>
      one !== undefined && !['flowing', 'starting'].includes(one.standing)
    await reaches(
      'what it can have of the attack',
      ({ attacked: one, good: other }) => isAtRest(one) && other?.committed === String(goodRecords)
    )
    await written(1, good)
    await reaches(
      'good records while it holds the others',
      ({ good: one }) => one?.committed === String(2 * goodRecords)
    )
    child.send('go')
    await reaches(
      'the end',
      ({ attacked: one }) => one?.standing === 'unreadable' || (one !== undefined && one.committed === one.logEnd)
    )
    return state as unknown as MemberState
  } finally {
    producer.close()
    child.kill('SIGKILL')
    await ended
  }
}
