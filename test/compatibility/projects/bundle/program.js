import { commit, consumer, eachPartition, handle, producer, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { memoryCluster } from 'ackstream/testing'
import { workers } from 'ackstream/workers'

// Packages that are there if somebody installed them are looked for beside the bundle.
void producer(kafka({ 'bootstrap.servers': 'a:1' }), { 'compression.type': 'lz4' }).close()
const pool = workers({ file: 'none.js', threads: 1 })
void pool.close()
const cluster = memoryCluster({ topics: { greetings: 1 } })
cluster.produce('greetings', { value: 'hello' })
const greetings = consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('greetings') })
greetings
  .pipe(eachPartition((partition) => partition.pipe(handle(() => void greetings.drain()), commit())))
  .subscribe({ complete: () => console.log('committed', String(cluster.committed('g', { topic: 'greetings', partition: 0 }))) })
