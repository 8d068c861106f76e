import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ordersToPostgres } from '../../examples/postgres/orders-to-postgres.js'
import { describePglite } from '../support/postgres.js'

const source = fileURLToPath(new URL('../../examples/postgres/orders-to-postgres.ts', import.meta.url))
const [, said = ''] = /\/\/ prints:\n((?:\/\/ {3}.*\n)+)/.exec(readFileSync(source, 'utf8')) ?? []

describePglite('the example orders-to-postgres, in PGlite', (db) => {
  it('writes each order once, and prints what it says', async () => {
    const lines: string[] = []
    await ordersToPostgres(db(), (line) => lines.push(line))
    expect(lines).toEqual(said.split('\n').flatMap((line) => (line === '' ? [] : [line.slice('//   '.length)])))
  })
})
