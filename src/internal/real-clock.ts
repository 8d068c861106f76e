import { asyncScheduler } from 'rxjs'
import { type Clock, longestTimer } from '../model/clock.js'

interface Host {
  setTimeout(run: () => void, delayMs: number): number | { unref?(): void }
  clearTimeout(timer: unknown): void
  readonly performance: { now(): number }
  readonly setImmediate?: (run: () => void) => unknown
  readonly clearImmediate?: (handle: unknown) => void
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null }
    readonly port2: { postMessage(message: unknown): void }
  }
}

const host = globalThis as unknown as Host

/** Real time: a monotonic clock, and turns of the event loop by `setImmediate`, or by a MessageChannel in a browser. */
export const realClock: Clock = {
  now: () => host.performance.now(),
  wallTime: () => asyncScheduler.now(),
  schedule: (delayMs, run) => ofAnyLength(byScheduler, delayMs, run),
  turn: (run) => (host.setImmediate === undefined ? channelTurn(run) : immediateTurn(run)),
  random: () => Math.random()
}

/** A timer that does not keep the process alive, for work that may be skipped. */
export const inBackground = (delayMs: number, run: () => void): (() => void) => ofAnyLength(byTimeout, delayMs, run)

type Timer = (delayMs: number, run: () => void) => () => void

/** Splits a delay that is longer than a timer's maximum: the sum of two properties may be. */
const ofAnyLength = (timer: Timer, delayMs: number, run: () => void): (() => void) => {
  if (!(delayMs > longestTimer)) return timer(delayMs, run)
  let cancel = timer(longestTimer, () => {
    cancel = ofAnyLength(timer, delayMs - longestTimer, run)
  })
  return () => {
    cancel()
  }
}

const byScheduler: Timer = (delayMs, run) => {
  const timer = asyncScheduler.schedule(run, delayMs)
  return () => {
    timer.unsubscribe()
  }
}

const byTimeout: Timer = (delayMs, run) => {
  const timer = host.setTimeout(run, delayMs)
  if (typeof timer === 'object') timer.unref?.()
  return () => {
    host.clearTimeout(timer)
  }
}

const immediateTurn = (run: () => void): (() => void) => {
  const handle = host.setImmediate?.(run)
  return () => host.clearImmediate?.(handle)
}

/** Nested `setTimeout`s would wait 4 ms each in a browser. */
const channelTurn = (run: () => void): (() => void) => {
  let cancelled = false
  turns.push(() => {
    if (!cancelled) run()
  })
  channel().port2.postMessage(null)
  return () => {
    cancelled = true
  }
}

const turns: (() => void)[] = []
let shared: InstanceType<NonNullable<Host['MessageChannel']>> | null = null

const channel = (): InstanceType<NonNullable<Host['MessageChannel']>> => {
  if (shared !== null) return shared
  if (host.MessageChannel === undefined) throw new Error('neither setImmediate nor MessageChannel is available')
  shared = new host.MessageChannel()
  shared.port1.onmessage = () => turns.shift()?.()
  return shared
}
