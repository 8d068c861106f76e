// A group of members as processes, a producer beside them, and an observer that is another client.
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import { historyWriter, readHistories } from './history.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const observeEveryMs = 250

/** The waiting of a scenario: told of each change, it looks whether what is waited for holds. */
const conditions = () => {
  const waiting = new Set()
  let failure = null
  return {
    changed: () => {
      for (const wait of [...waiting]) wait.look()
    },
    fail: (error) => {
      failure ??= error
      for (const wait of [...waiting]) wait.give(error)
    },
    until: (holds, what, withinMs = 60_000) =>
      new Promise((done, failed) => {
        const give = (error) => {
          clearTimeout(timer)
          waiting.delete(wait)
          if (error === null) done()
          else failed(error)
        }
        const wait = {
          give,
          look: () => {
            if (holds()) give(null)
          }
        }
        const timer = setTimeout(() => {
          give(new Error(`it did not happen within ${withinMs} ms: ${typeof what === 'function' ? what() : what}`))
        }, withinMs)
        waiting.add(wait)
        if (failure !== null) give(failure)
        else wait.look()
      })
  }
}

/** Sets a group up on a topic of its own. Every member has these properties, commits so, and works so long on a record. */
export const startRig = async ({ brokers, name, partitions, rate, properties = {}, commits = {}, workMs = 2 }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-rebalance-'))
  const id = `${name}-${process.pid}-${Date.now()}`
  const driver = historyWriter(join(folder, 'driver.jsonl'))
  const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: id, numPartitions: partitions }], waitForLeaders: true })
  const { changed, fail, until } = conditions()
  const members = new Map()
  const children = new Set()
  let number = 0
  let stopping = false
  let producer = null
  let written = null

  const child = (program, options, heard) => {
    const process_ = spawn(
      process.execPath,
      [`${here}${program}.mjs`, JSON.stringify({ brokers, topic: id, ...options })],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }
    )
    children.add(process_)
    const ended = new Promise((done) => {
      process_.once('exit', (code, signal) => {
        children.delete(process_)
        done({ code, signal })
      })
    })
    process_.on('message', (message) => {
      heard(message)
      changed()
    })
    return { process: process_, ended }
  }

  const heardOf = (member) => (event) => {
    const { held } = member
    switch (event.e) {
      case 'begin':
        member.begun = true
        break
      case 'assigned':
        for (const partition of event.gained) held.add(partition)
        break
      case 'revoked':
      case 'lost':
        for (const partition of event.partitions) held.delete(partition)
        if (event.e === 'lost') member.losses++
        break
      case 'left':
        member.outcome = event.outcome
        break
      case 'error':
        fail(new Error(`${member.name} failed: ${event.error}`))
    }
  }

  const join_ = () => {
    const member = {
      name: `member-${++number}`,
      held: new Set(),
      begun: false,
      losses: 0,
      outcome: null,
      leaving: false
    }
    driver.write({ e: 'join', member: member.name })
    const file = join(folder, `${member.name}.jsonl`)
    const options = { group: id, member: member.name, file, properties, commits, workMs }
    Object.assign(member, child('member', options, heardOf(member)))
    members.set(member.name, member)
    return member
  }
  const gone = async (member) => {
    const { code, signal } = await member.ended
    members.delete(member.name)
    changed()
    return { code, signal }
  }
  const leave = async (member) => {
    member.leaving = true
    // Before, the signal would end it as if it were killed.
    await until(() => member.begun, `${member.name} runs`)
    driver.write({ e: 'leave', member: member.name })
    member.process.kill('SIGTERM')
    const { code, signal } = await gone(member)
    driver.write({ e: 'gone', member: member.name })
    if (code !== 0 || member.outcome !== 'drained')
      fail(new Error(`${member.name} ended with ${code ?? signal}, outcome ${member.outcome}`))
  }
  const kill = async (member) => {
    driver.write({ e: 'kill', member: member.name })
    member.process.kill('SIGKILL')
    await gone(member)
  }
  const signal = (member, name_) => {
    driver.write({ e: name_, member: member.name })
    member.process.kill(name_)
  }
  const staying = () => [...members.values()].filter((member) => !member.leaving)
  const holdings = () =>
    staying()
      .map(({ name: member, held }) => `${member}: ${[...held].sort((a, b) => a - b)}`)
      .join('; ')
  /** Every partition is held once, and the members' shares are even. */
  const isSettled = () => {
    const shares = staying().map(({ held }) => held.size)
    const all = new Set(staying().flatMap(({ held }) => [...held]))
    const even = Math.max(...shares) - Math.min(...shares) <= 1
    return all.size === partitions && shares.reduce((sum, share) => sum + share, 0) === partitions && even
  }
  const settled = (withinMs = 60_000) => until(isSettled, () => `an even assignment; there is ${holdings()}`, withinMs)

  const committed = async () => {
    const [found] = await admin.fetchOffsets({ groupId: id, topics: [id] })
    return found.partitions
      .map(({ partition, offset }) => [partition, Number(offset)])
      .filter(([, offset]) => offset >= 0)
  }
  const ends = async () => (await admin.fetchTopicOffsets(id)).map(({ partition, high }) => [partition, Number(high)])
  let stored = new Map()
  const observe = async () => {
    // A coordinator that is loading says so at first: an observation less.
    const offsets = await committed().catch((error) => {
      if (error.retriable !== true) throw error
      return []
    })
    if (offsets.length > 0) stored = new Map(offsets)
    driver.write({ e: 'observed', offsets })
    changed()
  }
  const observing = (async () => {
    while (!stopping) {
      await observe()
      await new Promise((go) => setTimeout(go, observeEveryMs))
    }
  })()
  observing.catch(fail)

  return {
    folder,
    join: join_,
    leave,
    kill,
    signal,
    settled,
    until,
    members: staying,
    startProducing: () => {
      producer = child('producer', { partitions, rate }, (event) => {
        written = event.written
      })
    },
    /** Waits until at least so many records are stored of each partition. */
    storedBeyond: (offset) =>
      until(
        () => stored.size === partitions && [...stored.values()].every((at) => at > offset),
        `every partition stored beyond ${offset}`
      ),
    /** Ends the writing, lets the group catch up, has every member leave; gives the histories and what another client sees. */
    finish: async () => {
      producer.process.kill('SIGTERM')
      await producer.ended
      const logEnds = await ends()
      if (written !== logEnds.reduce((sum, [, end]) => sum + end, 0))
        throw new Error(`${written} written, the log has other`)
      driver.write({ e: 'written' })
      await until(
        () => logEnds.every(([partition, end]) => stored.get(partition) === end),
        () => `lag 0; stored ${JSON.stringify([...stored])} of ${JSON.stringify(logEnds)}; ${holdings()}`
      )
      await Promise.all(staying().map(leave))
      stopping = true
      await observing
      await observe()
      const last = new Map(stored)
      await admin.disconnect()
      return { folder, histories: readHistories(folder), ends: new Map(logEnds), committed: last }
    },
    /** Ends what is left; for a scenario that failed. */
    abandon: async () => {
      stopping = true
      await Promise.all(
        [...children].map(
          (process_) =>
            new Promise((done) => {
              process_.once('exit', done)
              process_.kill('SIGKILL')
            })
        )
      )
      await observing.catch(() => undefined)
      await admin.disconnect()
    }
  }
}
