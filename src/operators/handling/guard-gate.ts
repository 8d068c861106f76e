import {
  type CallOutcome,
  type GuardedBy,
  type GuardedCall,
  GuardMachine,
  type GuardSettings
} from '../../core/guarding/guard-machine.js'
import type { Slots, SlotUser } from '../../core/scheduling/shared-slots.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { Cancel } from '../../model/clock.js'

/** A user of the guard: the handlers of one partition. */
interface GuardUser extends SlotUser {
  readonly origin: AckOrigin | null
}

/** The state of a guard. */
export interface GuardStatus {
  readonly breaker: 'closed' | 'open' | 'probing'
  /** handlers that are running */
  readonly active: number
  /** how many may run, by the guard's current limit */
  readonly concurrency: number
}

/**
 * Lets handlers begin as the guard's machine decides, and reports their results to it. Waiting handlers are woken in
 * turn.
 */
export class GuardGate implements Slots {
  readonly size: number
  private readonly name: string
  private readonly machine: GuardMachine
  private readonly waiting = new Set<GuardUser>()
  private readonly calls = new Map<object, { readonly call: GuardedCall; readonly user: GuardUser }>()
  private granted: GuardedCall | null = null
  private timer: { readonly at: number; readonly cancel: Cancel } | null = null
  private waking = false

  constructor(name: string, settings: GuardSettings) {
    this.name = name
    this.machine = new GuardMachine(settings)
    this.size = settings.concurrency?.max ?? Infinity
  }

  get status(): GuardStatus {
    const { state, active, limit } = this.machine
    return { breaker: state, active, concurrency: limit }
  }

  enter(): void {
    // Nothing is reserved: the handler that has waited longest is next.
  }

  leave(user: GuardUser): void {
    this.waiting.delete(user)
    user.origin?.heldUp(null)
    for (const [work, { user: its }] of [...this.calls]) if (its === user) this.give(user, work, 'given up')
  }

  take(user: GuardUser): boolean {
    const { origin } = user
    const now = origin?.clock.now() ?? 0
    const answer = this.machine.ask(now)
    if (answer._tag === 'go') {
      this.granted = this.machine.begin(now)
      origin?.heldUp(null)
      return true
    }
    this.waiting.add(user)
    origin?.heldUp(`${this.name}: ${words[answer.by]}`)
    if (answer.until !== Infinity && origin !== null) this.wakeAt(answer.until, origin)
    return false
  }

  began(work: object, user: GuardUser): void {
    if (this.granted !== null) this.calls.set(work, { call: this.granted, user })
    this.granted = null
  }

  give(user: GuardUser, work: object | null, outcome: CallOutcome): void {
    const { origin } = user
    const now = origin?.clock.now() ?? 0
    const call = work === null ? this.granted : this.calls.get(work)?.call
    if (work === null) this.granted = null
    else this.calls.delete(work)
    if (call === null || call === undefined) return
    const change = this.machine.end(call, outcome, now)
    if (change !== null && origin !== null) {
      const { topic, partition } = origin
      origin.report({
        _tag: change === 'opened' ? 'breaker opened' : 'breaker closed',
        topic,
        partition,
        guard: this.name
      })
    }
    this.wake(now)
  }

  private wakeAt(at: number, { clock }: AckOrigin): void {
    if (this.timer !== null && this.timer.at <= at && this.timer.at > clock.now()) return
    this.timer?.cancel()
    const cancel = clock.schedule(Math.max(1, Math.ceil(at - clock.now())), () => {
      this.timer = null
      this.wake(clock.now())
    })
    this.timer = { at, cancel }
  }

  private wake(now: number): void {
    // A woken handler may end at once: then the loop starts again instead of nesting.
    if (this.waking) return
    this.waking = true
    for (const user of [...this.waiting]) {
      const answer = this.machine.ask(now)
      if (answer._tag === 'wait') {
        if (answer.until !== Infinity && user.origin !== null) this.wakeAt(answer.until, user.origin)
        break
      }
      this.waiting.delete(user)
      user.wake()
    }
    this.waking = false
  }
}

const words: Readonly<Record<GuardedBy, string>> = {
  breaker: 'the breaker is open, since calls fail',
  concurrency: 'the concurrency limit is reached',
  rate: 'the rate limit is reached'
}
