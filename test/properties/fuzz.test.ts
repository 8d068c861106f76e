import { isLeft } from 'fp-ts/lib/Either.js'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { connectionSettings } from '../support/connection-settings.js'
import { mutate, type Pick } from '../support/fuzz/mutate.js'
import { type FuzzTarget, fuzzTargets } from '../support/fuzz/targets.js'
import { key, metadata, scriptedBroker } from '../support/scripted-broker.js'

// `npm run fuzz` sets these, and has what each trial takes measured; npm test tries a few, whatever the machine does.
const { FUZZ_N, FUZZ_SEED, FUZZ_MEASURED } = process.env
const trials = Number(FUZZ_N ?? 20_000)
const seed = Number(FUZZ_SEED ?? 16)
const mebibyte = 2 ** 20

/** The bounds that `npm run fuzz` holds. */
const most = { ms: 250, rssBytes: 64 * mebibyte }

const pickOf =
  (random: () => number): Pick =>
  (below) =>
    Math.floor(random() * below)

/** One trial, which its number repeats: `npm run fuzz -- --seed NUMBER --n 1`. */
const trial = (number: number): FuzzTarget => {
  const pick = pickOf(seededRandom(Math.imul(number, 2_654_435_761)))
  const target = fuzzTargets[pick(fuzzTargets.length)] as FuzzTarget
  const good = target.good[pick(target.good.length)] ?? new Uint8Array()
  try {
    target.read(mutate(good, target.good, pick), pick)
  } catch (error) {
    throw new Error(`${target.name}: npm run fuzz -- --seed ${String(number)} --n 1`, { cause: error })
  }
  return target
}

const garbageCollection = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

describe('bytes from outside, with a few things done to them', () => {
  it('are read, or refused with a reason', async () => {
    const found: unknown[] = []
    let slowest = { ms: 0, what: '' }
    for (const { good, read } of fuzzTargets) for (const bytes of good) read(Buffer.from(bytes), () => 0)
    // What is garbage by then does not count: when it is collected is V8's affair.
    const collect = FUZZ_MEASURED === undefined ? () => undefined : garbageCollection()
    const rssNow = (): number => {
      collect()
      return process.memoryUsage().rss
    }
    const rssBefore = rssNow()
    let rss = rssBefore
    const timed = (number: number): { readonly ms: number; readonly what: string } => {
      // The process's own time: others may have the processor meanwhile.
      const begun = process.cpuUsage()
      const { name } = trial(number)
      const { user, system } = process.cpuUsage(begun)
      return { ms: (user + system) / 1_000, what: `${name}, --seed ${String(number)}` }
    }
    for (let number = seed; number < seed + trials && found.length < 20; number++) {
      try {
        const first = timed(number)
        // The garbage of those before may have been collected meanwhile: what is slow is slow again.
        const took = first.ms > most.ms / 2 ? timed(number) : first
        if (took.ms > slowest.ms) slowest = took
      } catch (error) {
        found.push(error)
      }
      // What a failed decompression leaves to the next tick would pile up.
      if (number % 100 === 0) await turn()
      if (FUZZ_MEASURED !== undefined && number % 10_000 === 0) rss = Math.max(rss, rssNow())
    }
    expect(found).toEqual([])
    if (FUZZ_MEASURED === undefined) return
    const more = Math.round((rss - rssBefore) / mebibyte)
    console.log(
      `${String(trials)} trials from seed ${String(seed)}; the slowest ${String(Math.round(slowest.ms))} ms (${slowest.what}); ${String(more)} MiB more than at the start`
    )
    expect(slowest.ms).toBeLessThan(most.ms)
    expect(rss - rssBefore).toBeLessThan(most.rssBytes)
  })

  it('over a socket, in slices, are an answer or a fault, and leave nothing behind', async () => {
    const random = seededRandom(seed)
    const pick = pickOf(random)
    const good = [metadata([1, 2, 3]), metadata([])]
    const rounds = Math.max(20, Math.round(trials / 500))
    const broker = await scriptedBroker(({ key: api, socket, correlationId }) => {
      if (api !== key.metadata) return undefined
      const body = mutate(good[pick(2)] ?? metadata([]), good, pick)
      const head = Buffer.alloc(8)
      head.writeInt32BE(body.length + 4)
      head.writeInt32BE(correlationId, 4)
      // Its head is right more often than not: else no more than that is looked at.
      const frame = pick(4) === 0 ? mutate(Buffer.concat([head, body]), good, pick) : Buffer.concat([head, body])
      for (let at = 0; at < frame.length;) {
        const end = at + 1 + pick(frame.length)
        socket.write(frame.subarray(at, end))
        at = end
      }
      // What it waits for would never come.
      socket.end()
      return true
    })
    const tags = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const calls = kafkaCalls(
        connectionSettings([broker.port], {
          requestTimeoutMs: 30_000,
          reconnectBackoffMs: 1,
          reconnectBackoffMaxMs: 1
        }),
        { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 }
      )
      const answer = await firstValueFrom(calls.metadata([]))
      tags.add(isLeft(answer) ? answer.left._tag : 'an answer')
      calls.close()
    }
    expect(
      [...tags].filter(
        (tag) => !['an answer', 'ConnectionFault', 'FrameFault', 'BrokerFault', 'AddressRefusedFault'].includes(tag)
      )
    ).toEqual([])
  })
})
