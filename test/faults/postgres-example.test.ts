import { expect, it } from 'vitest'
import { describePostgres } from '../support/postgres.js'
import { expectOrders } from '../support/postgres-example.js'

describePostgres('the example orders-to-postgres, on a PostgreSQL server', (pool) => {
  it('writes each order once, prints what it says, and leaves nothing behind, as often as it runs', async () => {
    for (let run = 0; run < 2; run++) await expectOrders(pool())
    const { rows } = await pool().query("select tablename from pg_tables where schemaname = 'public'")
    expect(rows).toEqual([])
  })
})
