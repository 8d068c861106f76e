import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as main from '../../../src/index.js'
import * as metrics from '../../../src/metrics.js'
import * as ndjson from '../../../src/ndjson.js'
import * as postgres from '../../../src/postgres.js'
import { printable, printableValue, reasonOf } from '../../../src/model/printable.js'

const planted = 'hunter2'
/** A configuration that is given in the place of something else. */
const configuration = {
  'sasl.username': 'me',
  'sasl.password': planted,
  'ssl.key.pem': `-----BEGIN ${planted}`,
  password: planted,
  connectionString: `postgres://me:${planted}@host/db`,
  headers: { Authorization: `Bearer ${planted}`, cookie: planted },
  oauth: { clientSecret: planted, token: planted, apiKey: planted }
}
const given: readonly (readonly [string, readonly unknown[]])[] = [
  ['objects', [configuration, configuration, configuration]],
  ['an address', [configuration.connectionString, configuration]],
  ['a list', [[configuration, configuration.connectionString]]]
]
const functions = [main, metrics, ndjson, postgres].flatMap((entry) =>
  Object.entries(entry).filter(([, value]) => typeof value === 'function')
)

it.each(given)('no function repeats a secret that was passed in the wrong place: %s', async (_what, args) => {
  const saying: string[] = []
  for (const [name, call] of functions) {
    try {
      const made: unknown = await (call as (...all: readonly unknown[]) => unknown)(...args)
      if (inspect(made, { depth: 1 }).includes("_tag: 'Left'") && inspect(made, { depth: 9 }).includes(planted))
        saying.push(name)
    } catch (error) {
      const said = `${String(error)}${error instanceof Error ? (error.stack ?? '') : ''}${inspect(error, { depth: 9 })}`
      if (said.includes(planted)) saying.push(name)
    }
  }
  expect(functions.length).toBeGreaterThan(50)
  expect(saying).toEqual([])
})

it.each([
  ['the URL of a driver', `connect ECONNREFUSED postgres://me:${planted}@db:5432/orders`],
  ['a URL with a bracket in it', `amqp://me:${planted}[@h`],
  ['several', `http://a:${planted}@h and https://b:${planted}@h`],
  ['one that is long', `https://${'u'.repeat(300)}:${planted}@h`]
])('errors do not contain the password of an address: %s', (_what, message) => {
  expect(reasonOf(new Error(message))).not.toContain(planted)
  expect(printableValue({ url: message })).not.toContain(planted)
})

it('a thrown value that is not an Error is shown without its secrets', () => {
  const shown = printableValue({ status: 401, config: configuration, code: 'E' })
  expect(shown).toContain('401')
  expect(shown).not.toContain(planted)
})

it('a text of a megabyte of slashes takes no time', () => {
  const before = process.cpuUsage()
  printable('/'.repeat(2 ** 20) + '@')
  const { user, system } = process.cpuUsage(before)
  expect(user + system).toBeLessThan(60_000_000)
  expect(printable(`x//${'a/'.repeat(2_000)}`)).toHaveLength(257)
})
