// What is done to a group under load. Each waits for what it has caused; none takes time into account but where it says so.
import { startRig } from './rig.mjs'

const pause = (ms) => (ms === 0 ? Promise.resolve() : new Promise((go) => setTimeout(go, ms)))

/** Mulberry32: the same seed, the same storm. */
const randomOf = (seed) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const usual = { partitions: 12, members: 3, rate: 2_000 }
const shortSession = { properties: { 'session.timeout.ms': 6_000 } }

const run = async (options, act) => {
  const rig = await startRig(options)
  try {
    for (let member = 0; member < options.members; member++) rig.join()
    await rig.settled()
    rig.startProducing()
    await rig.storedBeyond(0)
    await act(rig)
    return await rig.finish()
  } catch (error) {
    await rig.abandon()
    error.message += ` (histories in ${rig.folder})`
    throw error
  }
}

/**
 * One member joins and leaves, so many times. `calmMs` between: after a rebalance members hear of the next one sooner than
 * usual, and that is not what is to be measured; and `pauseMs` at most, so that heartbeats are met at all moments.
 */
export const joins = ({ rounds = 50, calmMs = 2_000, pauseMs = 3_000, ...group }) =>
  run({ name: 'joins', ...usual, ...group }, async (rig) => {
    const random = randomOf(1)
    for (let round = 0; round < rounds; round++) {
      const guest = rig.join()
      await rig.settled()
      await pause(calmMs + pauseMs * random())
      await rig.leave(guest)
      await rig.settled()
      await pause(calmMs + pauseMs * random())
    }
  })

/** A settled member is killed, and another takes its place; so many times. */
export const kills = ({ rounds = 10, calmMs = 2_000, pauseMs = 3_000, ...group }) =>
  run({ name: 'kills', ...usual, ...shortSession, ...group }, async (rig) => {
    const random = randomOf(2)
    for (let round = 0; round < rounds; round++) {
      await pause(calmMs + pauseMs * random())
      const members = rig.members()
      await rig.kill(members[Math.floor(random() * members.length)])
      await rig.settled()
      rig.join()
      await rig.settled()
    }
  })

/** So many changes at random moments, nobody waiting for a settled group: join, leave, kill. */
export const storm = ({ changes = 200, pauseMs = 1_000, seed = 1, ...group }) => {
  const options = {
    name: 'storm',
    ...usual,
    partitions: 64,
    members: 8,
    ...shortSession,
    commits: { every: 100, withinMs: 200 },
    ...group
  }
  return run(options, async (rig) => {
    const random = randomOf(seed)
    const leaving = []
    for (let change = 0; change < changes; change++) {
      await pause(pauseMs * random())
      const staying = rig.members()
      const joins_ = staying.length <= 2 || (staying.length < options.members && random() < 0.5)
      const chosen = staying[Math.floor(random() * staying.length)]
      if (joins_) rig.join()
      else if (random() < 0.5) leaving.push(rig.leave(chosen))
      else await rig.kill(chosen)
    }
    await Promise.all(leaving)
    await rig.settled()
  })
}

/** A member is frozen for longer than its session, and thawed. */
export const freeze = ({ rounds = 3, frozenMs = 20_000, ...group }) => {
  const options = { name: 'freeze', ...usual, ...shortSession, ...group }
  return run(options, async (rig) => {
    const { partitions } = options
    for (let round = 0; round < rounds; round++) {
      const member = rig.members()[round % options.members]
      const { losses } = member
      const others = rig.members().filter((other) => other !== member)
      const had = others.reduce((sum, { held }) => sum + held.size, 0)
      rig.signal(member, 'SIGSTOP')
      const begun = performance.now()
      await rig.until(
        () => others.reduce((sum, { held }) => sum + held.size, 0) === partitions,
        `the others have all ${partitions} instead of ${had}`
      )
      await pause(Math.max(0, frozenMs - (performance.now() - begun)))
      rig.signal(member, 'SIGCONT')
      await rig.until(() => member.losses > losses, `${member.name} says that it lost its partitions`)
      await rig.settled()
    }
  })
}

export const scenarios = { joins, kills, storm, freeze }
