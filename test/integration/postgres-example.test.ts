import { it } from 'vitest'
import { describePglite } from '../support/postgres.js'
import { expectOrders } from '../support/postgres-example.js'

describePglite('the example orders-to-postgres, in PGlite', (db) => {
  it('writes each order once, and prints what it says', () => expectOrders(db()))
})
