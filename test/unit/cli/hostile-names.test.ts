import { expect, it } from 'vitest'
import { commit, consumer, eachPartition, type Cluster, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { commandLine } from '../../support/command-line.js'
import { collect, until } from '../../support/collect.js'

/** Clears a terminal, renames its window, turns the direction of what follows: groups and clients may be called so. */
const hostile = 'g\u001b[2J\u001b]0;mine\u0007\u009b31m\u202etxt\r\nok'
const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

const withHostileGroup = async (): Promise<{ readonly cluster: Cluster; readonly end: () => Promise<unknown> }> => {
  const cluster = memoryCluster({ topics: { t: 2 } })
  cluster.produce('t', { partition: 0, value: 'x', headers: [{ name: hostile, value: hostile }] })
  const reader = consumer(cluster, {
    'group.id': hostile,
    'auto.offset.reset': 'earliest',
    subscription: subscribe('t')
  })
  collect(reader.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 })))))
  await until(() => reader.positions().some(({ committed }) => committed === 1n), 'a commit')
  return { cluster, end: () => reader.close() }
}

it.each([
  ['groups'],
  ['groups', '--json'],
  ['groups', 'show', hostile],
  ['groups', 'show', hostile, '--json'],
  ['lag', hostile],
  ['lag', hostile, '--json'],
  ['tail', 't', '--from', 'beginning', '--to', 'now', '--show', 'topic,offset,headers'],
  ['tail', 't', '--from', 'beginning', '--to', 'now', '--json'],
  ['topics', 'show', hostile],
  [hostile],
  ['groups', `--${hostile}`]
])('names from outside are escaped in all output: %j', async (...args) => {
  const { cluster, end } = await withHostileGroup()
  const { out, err } = await commandLine(args, { cluster, env: { KAFKA_BOOTSTRAP_SERVERS: 'embedded:1' } })
  await end()
  // What was named so is shown, in other words.
  expect(`${out}${err}`).toContain('\\u001b[2J')
  expect(out.replace(/\t/g, '')).not.toMatch(raw)
  expect(err).not.toMatch(raw)
})
