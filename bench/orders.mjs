// Orders of about 1 KB, as io-ts codecs and as values: what decoding is measured by.
import * as t from 'io-ts'

const Address = t.type({ street: t.string, city: t.string, zip: t.string, country: t.string })
const props = {
  id: t.string,
  customer: t.type({ id: t.string, email: t.string, vip: t.boolean }),
  status: t.union([t.literal('new'), t.literal('paid'), t.literal('shipped'), t.literal('cancelled')]),
  shipping: Address,
  billing: Address,
  items: t.array(t.type({ sku: t.string, title: t.string, quantity: t.Int, price: t.number })),
  payment: t.union([
    t.type({ kind: t.literal('card'), last4: t.string, brand: t.string }),
    t.type({ kind: t.literal('invoice'), dueDays: t.number })
  ]),
  tags: t.array(t.string),
  placedAt: t.string,
  total: t.number
}
const optional = t.partial({ note: t.string, coupon: t.union([t.string, t.null]) })
export const Order = t.intersection([t.type(props), optional])

const address = (n) => ({
  street: `${n % 90} Market Street`,
  city: 'Springfield',
  zip: String(10_000 + n),
  country: 'US'
})
export const order = (n) => ({
  id: `order-${n}`,
  customer: { id: `customer-${n % 500}`, email: `someone.${n % 500}@example.com`, vip: n % 7 === 0 },
  status: ['new', 'paid', 'shipped', 'cancelled'][n % 4],
  shipping: address(n),
  billing: address(n + 1),
  items: Array.from({ length: 6 }, (_, i) => ({
    sku: `sku-${(n + i) % 100}`,
    title: `A thing of some name, number ${i}`,
    quantity: 1 + i,
    price: 9.5 + i
  })),
  payment: n % 2 === 0 ? { kind: 'card', last4: '4242', brand: 'visa' } : { kind: 'invoice', dueDays: 30 },
  tags: ['web', 'eu'],
  placedAt: '2026-01-01T12:00:00.000Z',
  total: n,
  ...(n % 3 === 0 ? { coupon: null } : {})
})
