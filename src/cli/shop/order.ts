import * as t from 'io-ts'
import { finite, safeInteger } from '../../codecs/exact-numbers.js'
import type { ProducerRecord } from '../../model/producer-record.js'

/** An order as received by the shop. */
export const Order = t.type({
  id: t.string,
  customer: t.string,
  items: t.array(t.type({ sku: t.string, quantity: safeInteger, price: finite }))
})
export type Order = t.TypeOf<typeof Order>

/** An order with its price. */
export interface PricedOrder extends Order {
  readonly total: number
  readonly vat: number
}

const vatRate = 0.2

/** Takes a moment, like a call to a price service. */
export const price = (order: Order): Promise<PricedOrder> =>
  new Promise((done) => {
    const total = order.items.reduce((sum, { quantity, price: each }) => sum + quantity * each, 0)
    setTimeout(() => {
      done({ ...order, total: round(total), vat: round(total * vatRate) })
    }, 2)
  })

const round = (amount: number): number => Math.round(amount * 100) / 100

/** One order out of this many is invalid. */
export const invalidEvery = 97

/** A generated order, and whether it is valid. */
export interface MadeOrder {
  readonly id: string
  readonly valid: boolean
  readonly record: ProducerRecord
}

/** Orders of forty customers, keyed by customer; some of them are invalid. */
export const makeOrders = (count: number): readonly MadeOrder[] =>
  Array.from({ length: count }, (_, number) => {
    const id = `order-${String(number)}`
    const customer = `customer-${String(number % 40)}`
    const valid = number % invalidEvery !== invalidEvery - 1
    const items = [{ sku: `sku-${String(number % 13)}`, quantity: 1 + (number % 5), price: 9.9 + (number % 7) }]
    const broken = number % 2 === 0 ? '{"id":' : JSON.stringify({ id, customer, items: 'none' })
    return { id, valid, record: { key: customer, value: valid ? JSON.stringify({ id, customer, items }) : broken } }
  })
