import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { FetchingWorld, nodes, partitions } from '../support/fetching-world.js'

type What =
  | 'append'
  | 'elect'
  | 'elect uncleanly'
  | 'retain'
  | 'follower'
  | 'code'
  | 'seek'
  | 'release'
  | 'pause'
  | 'resume'
  | 'recreate'
  | 'refresh'
  | 'trouble'
  | 'calm'

interface Happening {
  readonly afterMs: number
  readonly what: What
  readonly partition: number
  readonly amount: number
}

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.oneof({ weight: 4, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.nat(1_500) }),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('append' as const) },
    { weight: 2, arbitrary: fc.constantFrom('elect', 'elect uncleanly', 'code', 'seek', 'pause', 'resume', 'trouble') },
    { weight: 1, arbitrary: fc.constantFrom('retain', 'follower', 'release', 'recreate', 'refresh', 'calm') }
  ),
  partition: fc.nat(partitions - 1),
  amount: fc.nat(9)
})

const codes = [
  code.CORRUPT_MESSAGE,
  code.KAFKA_STORAGE_ERROR,
  code.NOT_LEADER_OR_FOLLOWER,
  code.TOPIC_AUTHORIZATION_FAILED
]

const happen = (world: FetchingWorld, { afterMs, what, partition, amount }: Happening): void => {
  world.clock.advance(afterMs)
  const log = world.log(partition)
  switch (what) {
    case 'append':
      world.append(partition, 1 + amount)
      break
    case 'elect':
    case 'elect uncleanly':
      log.elect(amount % nodes, what === 'elect' ? 0 : 1 + (amount % 3))
      // As fast, other records come in the place of those that were lost.
      if (amount % 2 === 0) for (let batch = 0; batch < 4; batch++) world.append(partition, 3)
      break
    case 'retain':
      log.retain(1 + (amount % 3))
      break
    case 'follower':
      log.follower = amount % 3 === 0 ? null : { node: (log.leader + 1) % nodes, lag: amount % 3 }
      break
    case 'code': {
      const given = codes[amount % codes.length] ?? code.NONE
      for (let times = 0; times <= amount; times++) log.codes.push(given)
      break
    }
    case 'seek': {
      const offset = log.start + Math.floor(((log.end - log.start) * amount) / 9)
      world.read(partition, offset, amount % 2 === 0 ? log.epochBelow(offset) : -1)
      break
    }
    case 'release':
      world.release(partition)
      break
    case 'pause':
    case 'resume':
      world.pause(partition, what === 'pause')
      break
    case 'recreate':
      world.recreate()
      break
    case 'refresh':
      world.refresh()
      break
    case 'trouble':
      world.trouble = amount / 12
      break
    case 'calm':
      world.trouble = 0
  }
}

/** Nothing is wrong any more, and everything is wanted: after this all is read. */
const settle = (world: FetchingWorld): void => {
  world.trouble = 0
  for (const [partition, log] of world.logs.entries()) {
    log.codes.length = 0
    log.follower = null
    if (world.of(partition).phase === 'released') world.read(partition, log.start, -1)
    world.pause(partition, false)
  }
  world.refresh()
  world.clock.advance(30_000)
}

const { env } = process
/** More of them in `npm run test:all`. */
const numRuns = Number(env['FETCHING_RUNS'] ?? 400)
const seed = Number(env['FETCHING_SEED'] ?? 1)

describe('Fetching', () => {
  // That nothing comes out of order, of an older reading, or after a reset, the world checks as it goes.
  it('hands over the log from the position on, without gap or repeat, or reports a reset, whatever brokers answer', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(happening, { maxLength: 60, size: 'max' }), (chance, happenings) => {
        const world = new FetchingWorld(chance)
        for (let partition = 0; partition < partitions; partition++) world.read(partition, 0, -1)
        for (const one of happenings) happen(world, one)
        settle(world)
        for (const [partition, log] of world.logs.entries()) {
          const { phase, base, values } = world.of(partition)
          const there = log.valuesFrom(base)
          // What retention took since it was read.
          const gone = Math.max(0, Math.min(log.start, base + values.length) - base)
          expect([partition, phase, values.slice(gone)]).toEqual([partition, 'reading', there])
        }
      }),
      { numRuns, seed, endOnFailure: true }
    )
  })
})
