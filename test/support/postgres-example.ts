import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { type Database, ordersToPostgres } from '../../examples/postgres/orders-to-postgres.js'

const source = fileURLToPath(new URL('../../examples/postgres/orders-to-postgres.ts', import.meta.url))

/** The example orders-to-postgres has to print what its comment says. */
export const expectOrders = async (db: Database): Promise<void> => {
  const [, said = ''] = /\/\/ prints:\n((?:\/\/ {3}.*\n)+)/.exec(readFileSync(source, 'utf8')) ?? []
  const lines: string[] = []
  await ordersToPostgres(db, (line) => lines.push(line))
  expect(lines).toEqual(said.split('\n').flatMap((line) => (line === '' ? [] : [line.slice('//   '.length)])))
}
