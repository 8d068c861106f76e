// What a peer in Node measures of itself, the same for all of them; each prints one line of JSON at its end.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { GCProfiler, getHeapStatistics } from 'node:v8'

const toMs = (nanoseconds) => Math.round(nanoseconds / 1e4) / 100

const resources = () => ({ rss: process.resourceUsage().maxRSS * 1024 })

export const print = (result) => console.log(JSON.stringify({ ...result, ...resources() }))

/** The machine's monotonic clock in nanoseconds: the same for every process and language, whatever happens to the time of day. */
export const now = () => Number(process.hrtime.bigint())

/** The number that a record was filled with: the first four bytes of its value. */
export const numberOf = (value) => ((value[0] << 24) | (value[1] << 16) | (value[2] << 8) | value[3]) >>> 0

/** Time and processor time since the first `begin`. */
export const stopwatch = () => {
  let began = 0
  let used = { user: 0, system: 0 }
  return {
    begin: () => {
      if (began > 0) return
      began = performance.now()
      used = process.cpuUsage()
    },
    elapsed: () => {
      const ms = performance.now() - began
      const { user, system } = process.cpuUsage(used)
      return { ms, cpuMs: (user + system) / 1000 }
    }
  }
}

/** The bytes that are allocated in the heap from here to the call of what is returned: by what each collection found and left. */
const allocations = () => {
  const profiler = new GCProfiler()
  let left = getHeapStatistics().used_heap_size
  profiler.start()
  return () => {
    let bytes = 0
    for (const { beforeGC, afterGC } of profiler.stop().statistics) {
      bytes += beforeGC.heapStatistics.usedHeapSize - left
      left = afterGC.heapStatistics.usedHeapSize
    }
    return bytes + getHeapStatistics().used_heap_size - left
  }
}

/**
 * Counts values and, at the last, prints time, processor time, peak memory and the event loop's delay since `begin`, which
 * is called when the partitions are assigned: from the first record on, what was fetched ahead of it would be for nothing.
 */
export const drained = (count, { done, numbered = numberOf, also = () => ({}) }) => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  let seen = 0
  let sum = 0
  const watch = stopwatch()
  let allocated = null
  const begin = () => {
    watch.begin()
    allocated ??= allocations()
    delay.enable()
  }
  const take = (value) => {
    sum += numbered(value)
    if (++seen !== count) return
    const elapsed = watch.elapsed()
    delay.disable()
    const loop = { p50: toMs(delay.percentile(50)), p99: toMs(delay.percentile(99)), max: toMs(delay.max) }
    print({ records: seen, sum, ...elapsed, loop, allocated: allocated?.() ?? 0, ...also() })
    done()
  }
  return { begin, take }
}

/** Takes values that are the time at which they were written; the first ones warm up and are not counted. */
export const latencies = (count, warmUp, { done }) => {
  const all = []
  const text = new TextDecoder()
  let seen = 0
  return (value) => {
    const ms = (now() - Number(text.decode(value))) / 1e6
    if (++seen > warmUp) all.push(ms)
    if (seen !== count) return
    all.sort((a, b) => a - b)
    const at = (share) => Math.round(all[Math.min(all.length - 1, Math.floor(all.length * share))] * 100) / 100
    print({ records: seen, p50: at(0.5), p99: at(0.99), p999: at(0.999) })
    done()
  }
}

/** Counts values, and looks at the memory every so often: of the heap what is left after a collection. Needs --expose-gc. */
export const remembered = (count, everyMs, { done }) => {
  const began = performance.now()
  const samples = []
  const look = setInterval(() => {
    const { rss } = process.memoryUsage()
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    samples.push({ ms: performance.now() - began, rss, live: heapUsed + external })
  }, everyMs)
  let seen = 0
  return () => {
    if (++seen !== count) return
    clearInterval(look)
    print({ records: seen, samples })
    done()
  }
}
