import { expect, it } from 'vitest'
import { ack, exponential, writeOnce } from '../../../src/index.js'
import { type PooledClient, type PostgresPool, postgresStore, toPostgres } from '../../../src/postgres.js'
import { testPartition } from '../../../src/testing.js'
import { collect, until } from '../../support/collect.js'

/** A pool of two connections, each of which hangs in its first insert; a new one, after it was closed, does not. */
const hanging = () => {
  let free = 2
  let hangs = 2
  const waiting: (() => void)[] = []
  const given: string[] = []
  const lend = (): PooledClient => {
    free--
    return {
      query: (text) =>
        text.startsWith('insert') && hangs-- > 0 ? new Promise(() => undefined) : Promise.resolve({ rows: [] }),
      release: (destroy) => {
        given.push(destroy === true ? 'closed' : 'back')
        free++
        waiting.shift()?.()
      }
    }
  }
  const pool: PostgresPool = {
    totalCount: 2,
    connect: () =>
      new Promise((resolve) => {
        if (free > 0) resolve(lend())
        else
          waiting.push(() => {
            resolve(lend())
          })
      })
  }
  return { pool, given }
}

const retry = { attempts: 9, backoff: exponential({ initialMs: 1, maxMs: 1 }), classify: () => 'retriable' as const }
const timeoutMs = 20

it.each(['toPostgres', 'writeOnce'])('%s closes connections that hang beyond its time limit', async (which) => {
  const { pool, given } = hanging()
  const partition = testPartition()
  const operator =
    which === 'toPostgres'
      ? toPostgres(pool, { table: 't', columns: { v: 'int' }, row: () => ({ v: 1 }), retry, timeoutMs })
      : writeOnce({ store: postgresStore(pool), write: (client) => client.query('insert into t'), retry, timeoutMs })
  const { values } = collect(partition.stream.pipe(operator, ack()))
  partition.deliver({ value: 'a' })
  // With connections that hang for ever, the third attempt would wait for one for ever.
  await until(() => values.length === 1, 'it is written')
  expect(given).toEqual(['closed', 'closed', 'back'])
})

it('gives a connection back that comes after it was waited for', async () => {
  const given: unknown[] = []
  let lend = (): void => undefined
  const pool: PostgresPool = {
    totalCount: 1,
    connect: () =>
      new Promise((resolve) => {
        lend = () => {
          resolve({ query: () => Promise.resolve({ rows: [] }), release: (destroy) => given.push(destroy) })
        }
      })
  }
  const partition = testPartition()
  const { subscription } = collect(
    partition.stream.pipe(toPostgres(pool, { table: 't', columns: { v: 'int' }, row: () => ({ v: 1 }) }), ack())
  )
  partition.deliver({ value: 'a' })
  await new Promise((go) => setImmediate(go))
  subscription.unsubscribe()
  lend()
  await until(() => given.length === 1, 'it is back')
  expect(given).toEqual([undefined])
})
