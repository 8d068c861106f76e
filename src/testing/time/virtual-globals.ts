import type { Cancel, Clock } from '../../model/clock.js'

type Callback = (...args: readonly unknown[]) => void

/** A timer of the code under test that is set and has not run out. */
export interface OpenTimer {
  readonly kind: 'setTimeout' | 'setInterval'
  readonly ms: number
  /** Where it was set: made into text only when it is shown. */
  readonly madeAt: Error
}

/** What `setTimeout` gives: as much of Node's `Timeout` as handlers use, and usable as a number. */
class VirtualTimer implements OpenTimer {
  readonly kind: OpenTimer['kind']
  readonly ms: number
  readonly madeAt: Error
  private readonly id: number
  private readonly timers: VirtualTimers
  private readonly run: () => void
  private cancel: Cancel | null = null

  constructor(timers: VirtualTimers, id: number, kind: OpenTimer['kind'], ms: number, run: () => void) {
    this.timers = timers
    this.id = id
    this.kind = kind
    this.ms = ms
    this.run = run
    this.madeAt = new Error(kind)
    this.arm()
  }

  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  refresh(): this {
    this.clear()
    this.arm()
    return this
  }
  close(): this {
    this.clear()
    return this
  }
  clear(): void {
    this.cancel?.()
    this.cancel = null
    this.timers.open.delete(this.id)
  }
  [Symbol.toPrimitive](): number {
    return this.id
  }
  [Symbol.dispose](): void {
    this.clear()
  }

  private arm(): void {
    this.timers.open.set(this.id, this)
    this.cancel = this.timers.clock.schedule(this.ms, () => {
      if (this.kind === 'setInterval') this.arm()
      else this.timers.open.delete(this.id)
      this.run()
    })
  }
}

/** The timers of the code under test, on a virtual clock. */
class VirtualTimers {
  readonly clock: Clock
  readonly open = new Map<number, VirtualTimer>()
  private lastId = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  set(kind: OpenTimer['kind'], run: Callback, ms: unknown, args: readonly unknown[]): VirtualTimer {
    const wait = Number(ms)
    // As in Node: what is no number, and what is too small, is one millisecond.
    const delay = wait >= 1 ? Math.trunc(wait) : 1
    return new VirtualTimer(this, ++this.lastId, kind, delay, () => {
      run(...args)
    })
  }

  clear(timer: unknown): void {
    const id = timer instanceof VirtualTimer || typeof timer === 'string' ? Number(timer) : timer
    if (typeof id === 'number') this.open.get(id)?.clear()
  }
}

/** Virtual timers in place of the machine's own, until `restore`. */
export interface VirtualGlobals {
  readonly openTimers: readonly OpenTimer[]
  restore(): void
}

/**
 * Makes `setTimeout`, `setInterval`, `Date` and `performance.now` go by the clock, so that handlers run unchanged in virtual
 * time. `setImmediate`, microtasks and I/O stay real.
 */
export const virtualGlobals = (clock: Clock): VirtualGlobals => {
  const timers = new VirtualTimers(clock)
  const host = globalThis as unknown as Record<string, unknown> & { readonly Date: DateConstructor }
  const RealDate = host.Date
  class VirtualDate extends RealDate {
    // The constructor of Date takes one to seven arguments of its overloads, or none.
    constructor(...args: readonly unknown[]) {
      super(...((args.length === 0 ? [clock.wallTime()] : args) as [number]))
    }
    static override now(): number {
      return clock.wallTime()
    }
  }
  const former = new Map<string, PropertyDescriptor | undefined>()
  const replace = (name: string, value: unknown): void => {
    former.set(name, Object.getOwnPropertyDescriptor(host, name))
    Object.defineProperty(host, name, { value, configurable: true, writable: true })
  }
  replace('setTimeout', (run: Callback, ms?: unknown, ...args: readonly unknown[]) => timers.set('setTimeout', run, ms, args)) // prettier-ignore
  replace('setInterval', (run: Callback, ms?: unknown, ...args: readonly unknown[]) => timers.set('setInterval', run, ms, args)) // prettier-ignore
  for (const name of ['clearTimeout', 'clearInterval']) {
    replace(name, (timer?: unknown) => {
      timers.clear(timer)
    })
  }
  replace('Date', VirtualDate)
  const meter = host['performance'] as object
  const formerNow = Object.getOwnPropertyDescriptor(meter, 'now')
  Object.defineProperty(meter, 'now', { value: () => clock.now(), configurable: true, writable: true })
  return {
    get openTimers() {
      return [...timers.open.values()]
    },
    restore: () => {
      for (const [name, descriptor] of former) {
        if (descriptor === undefined) Reflect.deleteProperty(host, name)
        else Object.defineProperty(host, name, descriptor)
      }
      if (formerNow === undefined) Reflect.deleteProperty(meter, 'now')
      else Object.defineProperty(meter, 'now', formerNow)
    }
  }
}
