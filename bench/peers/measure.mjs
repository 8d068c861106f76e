// What a peer measures of itself, the same for all of them.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const toMs = (nanoseconds) => Math.round(nanoseconds / 1e4) / 100

/** Counts records and, at the last, gives time, peak memory and event-loop delay since the first. */
export const drained = (count, done) => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  let seen = 0
  let began = 0
  return () => {
    if (seen++ === 0) {
      began = performance.now()
      delay.enable()
    }
    if (seen !== count) return
    const ms = performance.now() - began
    delay.disable()
    const { maxRSS } = process.resourceUsage()
    const loop = { p50: toMs(delay.percentile(50)), p99: toMs(delay.percentile(99)), max: toMs(delay.max) }
    console.log(JSON.stringify({ records: seen, ms, rss: maxRSS * 1024, loop }))
    done()
  }
}

/** The wall clock, as exact as it gets: the same for every process of a machine. */
export const now = () => performance.timeOrigin + performance.now()

/** Takes the time at which each record was written; the first ones warm up and are not counted. */
export const latencies = (count, warmUp, done) => {
  const all = []
  let seen = 0
  return (writtenAt) => {
    const ms = now() - writtenAt
    if (++seen > warmUp) all.push(ms)
    if (seen !== count) return
    all.sort((a, b) => a - b)
    const at = (share) => Math.round(all[Math.min(all.length - 1, Math.floor(all.length * share))] * 100) / 100
    console.log(JSON.stringify({ records: all.length, p50: at(0.5), p99: at(0.99), p999: at(0.999) }))
    done()
  }
}
