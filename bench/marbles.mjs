// How long do 1,000 marble tests of a typical pipeline take? npm run -s build && node bench/marbles.mjs [TESTS]
import { commit, deserialize, eachPartition, handle, utf8 } from 'ackstream'
import { marbles } from 'ackstream/testing'

const tests = Number(process.argv[2] ?? 1_000)

const pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        handle(
          async (record) => {
            await new Promise((done) => setTimeout(done, 2))
            return record.value
          },
          { concurrency: 4, order: 'key' }
        ),
        handle(sink),
        commit({ every: 2, withinMs: 10 })
      )
    )
  )

const typical = marbles(({ cluster }) => {
  cluster(
    `
    orders/0              -a-b--c-----d-------------
    orders/1              --e-----f-----------------
    sink c                -----|
    one                   ^----------------------|--
    one orders/0          ^a-b--c-----d----------|--
    one orders/1          ^-e-----f--------------|--
    `,
    { pipeline }
  )
})

const began = performance.now()
for (let test = 0; test < tests; test++) await typical()
const took = performance.now() - began
console.log(`${tests} marble tests: ${Math.round(took)} ms, ${(took / tests).toFixed(2)} ms each`)
