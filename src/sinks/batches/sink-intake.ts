import { Fifo } from '../../core/scheduling/fifo.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { type Carried, firstOriginOf, hold, isStale, release, visitOrigins } from '../../model/carried.js'
import type { Cancel } from '../../model/clock.js'
import { sizeOf } from '../../operators/handling/size-of.js'

/** The limits at which a batch is complete. */
export interface IntakeLimits {
  readonly records: number
  readonly bytes: number
  readonly withinMs: number
}

interface Waiting<C> {
  readonly carried: C
  readonly bytes: number
}

/** Records that are not in a batch yet. They are held meanwhile. */
export class SinkIntake<C extends Carried<unknown>> {
  private readonly limits: IntakeLimits
  private readonly ready: () => void
  private readonly waiting = new Fifo<Waiting<C>>()
  private readonly listening = new Map<AckOrigin, () => void>()
  private bytes = 0
  private isDue = false
  private timer: Cancel | null = null

  /** @param ready called when a batch may be complete */
  constructor(limits: IntakeLimits, ready: () => void) {
    this.limits = limits
    this.ready = ready
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0
  }

  push(carried: C): void {
    hold(carried)
    const bytes = this.limits.bytes === Infinity ? 0 : sizeOf(carried)
    this.waiting.push({ carried, bytes })
    this.bytes += bytes
    const origin = firstOriginOf(carried)
    if (origin === null) this.isDue = true
    else {
      visitOrigins(carried, this.listen)
      if (!this.isDue && this.timer === null) this.arm(origin)
    }
    if (this.isReady) this.ready()
  }

  /** No more records come, or a flush was requested: the batch is complete at once. */
  flush(): void {
    this.isDue = true
    this.disarm()
    if (!this.isEmpty) this.ready()
  }

  /** The next batch; null while it is incomplete. */
  take(): readonly C[] | null {
    if (!this.isReady) return null
    const { limits, waiting } = this
    const taken: C[] = []
    let bytes = 0
    while (taken.length < limits.records && (taken.length === 0 || bytes < limits.bytes)) {
      const next = waiting.shift()
      if (next === undefined) break
      this.bytes -= next.bytes
      if (isStale(next.carried)) release(next.carried)
      else {
        taken.push(next.carried)
        bytes += next.bytes
      }
    }
    if (this.isEmpty) this.reset()
    return taken.length === 0 ? null : taken
  }

  stop(): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) release(next.carried)
    this.reset()
  }

  private get isReady(): boolean {
    const { waiting, limits, bytes, isDue } = this
    return waiting.length > 0 && (isDue || waiting.length >= limits.records || bytes >= limits.bytes)
  }

  private reset(): void {
    this.isDue = false
    this.bytes = 0
    this.disarm()
    for (const stop of this.listening.values()) stop()
    this.listening.clear()
  }

  private arm({ clock }: AckOrigin): void {
    const { withinMs } = this.limits
    const due = (): void => {
      this.timer = null
      this.flush()
    }
    if (withinMs === 0) this.timer = clock.turn(due)
    else if (withinMs !== Infinity) this.timer = clock.schedule(withinMs, due)
  }

  private disarm(): void {
    this.timer?.()
    this.timer = null
  }

  private readonly listen = (origin: AckOrigin): void => {
    if (this.listening.has(origin)) return
    this.listening.set(
      origin,
      origin.onFlush(() => {
        this.flush()
      })
    )
  }
}
