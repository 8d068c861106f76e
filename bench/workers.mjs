// npm run bench:workers: 200 records that each keep a processor busy for 20 ms, in the pipeline's own thread and on worker
// threads; prints the time and how long the event loop was kept from anything else.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

const busy = () => {
  const until = performance.now() + 20
  while (performance.now() < until);
}
export default busy

if (isMainThread) {
  const { commit, consumer, eachPartition, handle, subscribe } = await import('ackstream')
  const { memoryCluster } = await import('ackstream/testing')
  const { workers } = await import('ackstream/workers')
  const records = 200
  const measured = async (handler) => {
    const cluster = memoryCluster({ topics: { t: 1 } })
    for (let number = 0; number < records; number++) cluster.produce('t', { value: String(number) })
    const reader = consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('t') })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const began = performance.now()
    await new Promise((done) => {
      reader
        .pipe(
          eachPartition((p) =>
            p.pipe(handle(handler, { concurrency: 2, order: 'none' }), commit({ every: records, withinMs: 60_000 }))
          )
        )
        .subscribe(done)
    })
    const ms = performance.now() - began
    delay.disable()
    await reader.close()
    const loop = (at) => `${(delay.percentile(at) / 1e6).toFixed(1)} ms`
    return {
      'all done after': `${ms.toFixed(0)} ms`,
      'loop delay p50': loop(50),
      p99: loop(99),
      max: `${(delay.max / 1e6).toFixed(1)} ms`
    }
  }
  const threads = workers({ file: fileURLToPath(import.meta.url), threads: 2 })
  console.table({ 'in the pipeline': await measured(busy), 'on two threads': await measured(threads) })
  await threads.close()
}
