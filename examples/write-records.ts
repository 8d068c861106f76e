// How do I write many records, and learn what became of each?
//
// prints:
//   ann is at orders/0@0
//   bob is at orders/0@1
//   cid was not written: record too large
import { logTo, producer } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { isLeft } from 'fp-ts/lib/Either.js'
import { lastValueFrom, toArray } from 'rxjs'

const cluster = memoryCluster({ topics: { orders: 1 } })
const orders = producer(cluster, { 'max.request.size': 1_000 })
logTo(orders, console, { level: 'warn' })

const names = ['ann', 'bob', 'cid']
const results = await lastValueFrom(
  orders
    .sendAll([
      { topic: 'orders', key: 'ann', value: '{"amount":12}' },
      { topic: 'orders', key: 'bob', value: '{"amount":6}' },
      { topic: 'orders', key: 'cid', value: 'x'.repeat(2_000) }
    ])
    .pipe(toArray())
)
// As they are known: what is refused is known first.
for (const { index, outcome } of results.sort((a, b) => a.index - b.index)) {
  if (!isLeft(outcome))
    console.log(`${names[index]} is at ${outcome.right.topic}/${outcome.right.partition}@${outcome.right.offset}`)
  else if (outcome.left._tag === 'ProduceFault') console.log(`${names[index]} was not written: ${outcome.left.trouble}`)
}
await orders.close()
