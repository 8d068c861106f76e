// node bench/retrying.mjs [RECORDS] [ROUNDS] [kafka]: what retry topics cost the other records, on the embedded cluster, or on a
// Kafka of its own (or that of KAFKA_BROKERS), whose work for copies is not in the processor time of this process. 2 % of the
// records fail three times: with a key for each record, and with 20 records of a key, where one fails in two of five keys, and
// the later ones follow it. The rate is that of the records whose key has no failure, beside a run of the same pipeline in
// which nothing fails; with a handler that does nothing, and with one that takes 1 ms, 100 at once.
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { commit, consumer, eachPartition, handle, producer, retryLater, subscribe } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { withKafka } from './harness.mjs'
import { median } from './statistics.mjs'

const count = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 3)
const partitions = 4
const handlers = {
  'does nothing': { concurrency: 1, work: () => undefined },
  'takes 1 ms': { concurrency: 25, work: () => new Promise((done) => setTimeout(done, 1)) }
}

/** Made once: what it costs to make an error is not measured. */
const notYet = new Error('not yet')

/** Of each 50 keys, which take turns, `ofKey` have one record that fails: 2 % of all. */
const failures = (ofKey) => {
  const keyOf = (number) => Math.floor(number / (50 * ofKey)) * 50 + (number % 50)
  const hasFailure = (key) => key % 50 < ofKey
  const fails = (number) => {
    const key = keyOf(number)
    return hasFailure(key) && Math.floor((number % (50 * ofKey)) / 50) === (key * 7) % ofKey
  }
  return { keyOf, hasFailure, fails }
}

const tiers = ['1s', '2s', '3s']
let made = 0

/** A new topic with all records, and its retry topics. */
const filled = async (cluster, keyOf) => {
  const orders = `orders-${process.pid}-${made++}`
  const names = [orders, ...tiers.map((tier) => `${orders}.retry.${tier}`)]
  await firstValueFrom(cluster.createTopics(names.map((topic) => ({ topic, partitions }))))
  const writer = producer(cluster, { 'linger.ms': 5 })
  const records = Array.from({ length: count }, (_, number) => ({
    topic: orders,
    partition: keyOf(number) % partitions,
    key: `k${keyOf(number)}`,
    value: String(number).padEnd(100)
  }))
  await lastValueFrom(writer.sendAll(records))
  await writer.close()
  return orders
}

const run = async (given, { concurrency, work }, ofKey, isFailing) => {
  const { keyOf, hasFailure, fails } = failures(ofKey)
  // What another run has left in the memory of the embedded cluster would be collected in this one.
  const cluster = given ?? memoryCluster()
  const orders = await filled(cluster, keyOf)
  const decoder = new TextDecoder()
  const failed = new Uint8Array(count)
  const last = new Map()
  let others = 0
  for (let number = 0; number < count; number++) if (!hasFailure(keyOf(number))) others++
  const retries = retryLater(cluster, { topic: `${orders}.retry`, tiers, then: 'fail' })
  const source = consumer(cluster, {
    'group.id': orders,
    'auto.offset.reset': 'earliest',
    subscription: subscribe(orders, ...retries.topics)
  })
  let moved = 0
  source.events.subscribe(({ _tag }) => {
    if (_tag === 'retried later') moved++
  })
  let handled = 0
  let othersHandled = 0
  let until = null
  const began = performance.now()
  const before = process.cpuUsage()
  const spent = () => {
    const { user, system } = process.cpuUsage(before)
    return { ms: performance.now() - began, us: user + system }
  }
  const succeeded = (number) => {
    const key = keyOf(number)
    if ((last.get(key) ?? -1) >= number) throw new Error(`${number} came behind ${last.get(key)}`)
    last.set(key, number)
    handled++
    if (!hasFailure(key) && ++othersHandled === others) until = { ...spent(), moved }
  }
  await new Promise((done, fail) => {
    const attempt = (record) => {
      const number = Number(decoder.decode(record.value))
      const end = () => {
        if (isFailing && fails(number) && failed[number]++ < 3) throw notYet
        succeeded(number)
        if (handled === count) done()
      }
      const result = work()
      return result === undefined ? end() : result.then(end)
    }
    source
      .pipe(
        eachPartition((partition) =>
          partition.pipe(handle(attempt, { order: 'key', concurrency, onFailure: retries }), commit())
        )
      )
      .subscribe({ error: fail })
  })
  const all = spent()
  await source.close()
  return { rate: (others * 1000) / until.ms, us: until.us / others, movedBy: until.moved, whole: all.us / count, moved }
}

const measure = async (given) => {
  for (const ofKey of [1, 20])
    for (const [name, handler] of Object.entries(handlers)) {
      const results = { 'nothing fails': [], '2 % fail': [] }
      for (let round = 0; round <= rounds; round++)
        for (const kind of Object.keys(results)) {
          const result = await run(given, handler, ofKey, kind === '2 % fail')
          if (round > 0) results[kind].push(result)
        }
      const of = (kind, what) => median(results[kind].map((one) => one[what]))
      for (const kind of Object.keys(results))
        console.log(
          `${ofKey} of a key, handler ${name}, ${kind}: ${Math.round(of(kind, 'rate')).toLocaleString('en')} others/s, ${of(kind, 'us').toFixed(2)} µs of processor time each until the last of them (${of(kind, 'movedBy')} moves by then, ${of(kind, 'moved')} in all); ${of(kind, 'whole').toFixed(2)} µs for each record in all`
        )
      console.log(`  rate of the others: ${(of('2 % fail', 'rate') / of('nothing fails', 'rate')).toFixed(2)}`)
    }
}

if (process.argv.includes('kafka')) await withKafka(({ cluster }) => measure(cluster))
else await measure(null)
