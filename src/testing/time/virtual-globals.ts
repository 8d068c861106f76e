import type { Cancel, Clock } from '../../model/clock.js'
import { currentScope, inScope } from './scopes.js'
import { replaceProcess } from './replace-process.js'

type Callback = (...args: readonly unknown[]) => void

/** An open timer of the code under test. */
export interface OpenTimer {
  readonly kind: 'setTimeout' | 'setInterval'
  readonly ms: number
  readonly dueAt: number
  /** Where it was set; converted to text only when it is shown. */
  readonly madeAt: Error
}

/**
 * Where a timer is set. Nothing but the first place outside of this file is shown, and to record a whole trace takes longer than
 * the timer does.
 */
const placeOfCaller = (): Error => {
  const errors = Error as { stackTraceLimit?: number }
  const { stackTraceLimit: limit } = errors
  errors.stackTraceLimit = framesToCaller
  const place = new Error()
  if (limit === undefined) delete errors.stackTraceLimit
  else errors.stackTraceLimit = limit
  return place
}

/** The frames of this function, the constructor, `set`, our `setTimeout`, and its caller. */
const framesToCaller = 5

/** The result of `setTimeout`: the part of Node's `Timeout` that handlers use, and usable as a number. */
class VirtualTimer implements OpenTimer {
  readonly kind: OpenTimer['kind']
  readonly ms: number
  dueAt = 0
  readonly madeAt: Error
  private readonly id: number
  private readonly timers: VirtualTimers
  private readonly run: () => void
  /** A timer belongs to the process that sets it, and ends with it. */
  private readonly scope = currentScope()
  private cancel: Cancel | null = null

  constructor(timers: VirtualTimers, id: number, kind: OpenTimer['kind'], ms: number, run: () => void) {
    this.timers = timers
    this.id = id
    this.kind = kind
    this.ms = ms
    this.run = run
    this.madeAt = placeOfCaller()
    this.arm()
  }

  get isDead(): boolean {
    return this.scope?.process?.isDead ?? false
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
    if (this.isDead) return
    this.timers.open.set(this.id, this)
    this.dueAt = this.timers.clock.now() + this.ms
    this.cancel = this.timers.clock.schedule(this.ms, () => {
      if (this.kind === 'setInterval') this.arm()
      else this.timers.open.delete(this.id)
      const { isDead, run, scope } = this
      if (isDead) return
      if (scope === undefined) run()
      else inScope(scope, run)
    })
  }
}

/** The timers of the code under test, on a virtual clock. */
export class VirtualTimers {
  readonly clock: Clock
  readonly open = new Map<number, VirtualTimer>()
  private lastId = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  get openTimers(): readonly OpenTimer[] {
    return [...this.open.values()].filter(({ isDead }) => !isDead)
  }

  set(kind: OpenTimer['kind'], run: Callback, ms: unknown, args: readonly unknown[]): VirtualTimer {
    const wait = Number(ms)
    // As in Node, an invalid or too small delay is one millisecond.
    const delay = wait >= 1 ? Math.trunc(wait) : 1
    return new VirtualTimer(this, ++this.lastId, kind, delay, () => {
      run(...args)
    })
  }

  clear(timer: unknown): void {
    const id = Number(timer)
    this.open.get(id)?.clear()
  }
}

/** The virtual timers of the calling code; null for code outside of a run. */
const timersHere = (): VirtualTimers | null => {
  const timers = currentScope()?.time.timers
  return timers instanceof VirtualTimers ? timers : null
}

interface Replaced {
  readonly on: object
  readonly name: string
  readonly former: PropertyDescriptor | undefined
  readonly ours: unknown
}

let runs = 0
let replaced: readonly Replaced[] = []
/** Those of former runs over which other code had put its own: it may put ours back later. */
let covered: readonly Replaced[] = []
/** More of these are not kept. */
const mostCovered = 100

const isOurs = ({ on, name, ours }: Replaced): boolean => Reflect.get(on, name) === ours

/**
 * Gives back the globals that are still ours; one that other code has replaced since is left alone. Fake timers that are removed
 * during a run delete what is not theirs: the real one returns.
 */
const giveBack = (): void => {
  const left: Replaced[] = []
  // The newest first: what it replaced may be ours too.
  for (const one of [...replaced, ...covered]) {
    const { on, name, former } = one
    if (Reflect.get(on, name) === undefined)
      Object.defineProperty(on, name, { value: known.get(name), configurable: true, writable: true })
    if (!isOurs(one)) left.push(one)
    else if (former === undefined) Reflect.deleteProperty(on, name)
    else Object.defineProperty(on, name, former)
  }
  replaced = []
  covered = left.slice(0, mostCovered)
}

/** Fake timers were installed during a run, and have put ours back after it. */
const giveBackLate = (): void => {
  if (runs === 0) giveBack()
}

/**
 * Timers that other code has replaced while a run uses them: fake timers of a test framework, or that such were taken away. A
 * function that calls ours, such as a spy, is no reason to complain.
 */
export const foreignTimers = (): readonly string[] =>
  replaced.filter((one) => !isOurs(one) && isFake(Reflect.get(one.on, one.name), one.former)).map(({ name }) => name)

const isFake = (current: unknown, former: PropertyDescriptor | undefined): boolean =>
  typeof current !== 'function' ||
  // Those of vitest, Jest and sinon have a clock; those of node:test, and within a mock Jest's legacy ones, are bound.
  'clock' in current ||
  isBound(current) ||
  isBound((current as { getMockImplementation?: () => unknown }).getMockImplementation?.()) ||
  current === former?.value ||
  [...known.values()].includes(current)

const isBound = (given: unknown): boolean => typeof given === 'function' && given.name.startsWith('bound ')

let resetProcess: () => void = () => undefined

/**
 * Until all returned functions are called, `setTimeout`, `setInterval`, `Date` and `performance.now` use virtual time for the
 * code of a run, so that handlers run unchanged. For other code they stay real; `setImmediate`, microtasks and I/O are real for
 * all code.
 */
export const useVirtualGlobals = (): (() => void) => {
  if (runs++ === 0) {
    giveBack()
    replaced = replaceAll()
  }
  let given = false
  return () => {
    if (given) return
    given = true
    if (--runs > 0) return
    giveBack()
    resetProcess()
  }
}

type Host = Record<
  'setTimeout' | 'setInterval' | 'clearTimeout' | 'clearInterval',
  (...args: readonly unknown[]) => unknown
> & {
  readonly Date: DateConstructor
  readonly performance: { now(): number }
}

/** The timers that there were when this module was loaded. */
const known: ReadonlyMap<string, unknown> = new Map(
  (['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'] as const).map((name) => [
    name,
    (globalThis as unknown as Host)[name]
  ])
)

/**
 * `Date` with another present. It shares the prototype with the real one: dates of other code, such as constants of a test file,
 * are instances of both.
 */
const virtualDate = (RealDate: DateConstructor, now: () => number): unknown => {
  function VirtualDate(...args: readonly unknown[]): unknown {
    if ((new.target as unknown) === undefined) return new RealDate(now()).toString()
    const made = (new.target as unknown) === VirtualDate ? RealDate : new.target
    return Reflect.construct(RealDate, args.length === 0 ? [now()] : args, made)
  }
  Object.setPrototypeOf(VirtualDate, RealDate)
  return Object.defineProperties(VirtualDate, {
    name: { value: 'Date' },
    prototype: { value: RealDate.prototype },
    now: { value: now, configurable: true, writable: true }
  })
}

const replaceAll = (): readonly Replaced[] => {
  const host = globalThis as unknown as Host
  const { Date: RealDate, performance: meter } = host
  const realNow = meter.now.bind(meter)
  const all: Replaced[] = []
  const replace = (on: object, name: string, ours: unknown): void => {
    all.push({ on, name, former: Object.getOwnPropertyDescriptor(on, name), ours })
    Object.defineProperty(on, name, { value: ours, configurable: true, writable: true })
  }
  for (const kind of ['setTimeout', 'setInterval'] as const) {
    const real = host[kind]
    // Not bound: properties of Node's function, such as `util.promisify.custom`, belong to the original.
    replace(host, kind, (run: Callback, ms?: unknown, ...args: readonly unknown[]) => {
      giveBackLate()
      return timersHere()?.set(kind, run, ms, args) ?? real(run, ms, ...args)
    })
  }
  for (const name of ['clearTimeout', 'clearInterval'] as const) {
    const real = host[name]
    replace(host, name, (timer?: unknown) => {
      const timers = timersHere()
      if (timer instanceof VirtualTimer) timer.clear()
      // A number may be one of ours; objects are Node's own timers.
      else if (timers !== null && typeof timer !== 'object') timers.clear(timer)
      else real(timer)
    })
  }
  const now = (): number => {
    giveBackLate()
    return timersHere()?.clock.wallTime() ?? RealDate.now()
  }
  replace(host, 'Date', virtualDate(RealDate, now))
  replace(meter, 'now', () => timersHere()?.clock.now() ?? realNow())
  resetProcess = replaceProcess(replace)
  return all
}
