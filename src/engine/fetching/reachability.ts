import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import { isCoordinatorTrouble } from '../../core/protocol/coordinator-verdict.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { Fault, UnreachableFault } from '../../model/fault.js'
import type { KafkaCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'

/** Calls whose answers are watched. */
export interface WatchedCalls {
  readonly calls: KafkaCalls
  /** Stops watching. */
  readonly stop: () => void
}

/**
 * Watches whether any broker answers, and whether the group's coordinator does. Calls `lost`, never within an answer,
 * when requests to one of the two have failed for this long since its last answer.
 */
export const watchedCalls = (
  calls: KafkaCalls,
  withinMs: number,
  clock: Clock,
  lost: (fault: UnreachableFault) => void
): WatchedCalls => {
  const any = new Reach('any broker', withinMs, clock, lost)
  const coordinator = new Reach('the coordinator', withinMs, clock, (fault) => {
    // If no broker answers, the coordinator is not the reason.
    lost(any.silentForMs > withinMs / 2 ? { ...fault, what: 'any broker' } : fault)
  })
  const watched = <A>(step: Step<A>): Step<A> =>
    step.pipe(
      tap((answer) => {
        any.answered(answer)
      })
    )
  const ofGroup = <A>(step: Step<A>, codeOf: (answer: A) => number): Step<A> =>
    watched(step).pipe(
      tap((answer) => {
        const code = isLeft(answer) ? errorCode.NONE : codeOf(answer.right)
        if (isCoordinatorTrouble(code)) coordinator.missed(brokerFault('the coordinator', code))
        else coordinator.answered(answer)
      })
    )
  return {
    calls: {
      metadata: (topics) => watched(calls.metadata(topics)),
      joinGroup: (request) => ofGroup(calls.joinGroup(request), ({ code }) => code),
      syncGroup: (request) => ofGroup(calls.syncGroup(request), ({ code }) => code),
      heartbeat: (member) => ofGroup(calls.heartbeat(member), (code) => code),
      consumerGroupHeartbeat: (request) => ofGroup(calls.consumerGroupHeartbeat(request), ({ code }) => code),
      leaveGroup: (request) => calls.leaveGroup(request),
      describeGroup: (groupId) => ofGroup(calls.describeGroup(groupId), ({ code }) => code),
      offsetCommit: (request) => ofGroup(calls.offsetCommit(request), (codes) => codes[0]?.code ?? errorCode.NONE),
      offsetFetch: (groupId, partitions, member) =>
        ofGroup(calls.offsetFetch(groupId, partitions, member), ({ code }) => code),
      listOffsets: (node, request) => watched(calls.listOffsets(node, request)),
      fetch: (node, request) => watched(calls.fetch(node, request)),
      offsetForLeaderEpoch: (node, queries) => watched(calls.offsetForLeaderEpoch(node, queries)),
      close: () => {
        calls.close()
      }
    },
    stop: () => {
      any.stop()
      coordinator.stop()
    }
  }
}

/** Whether one of them can be reached. */
class Reach {
  private readonly what: UnreachableFault['what']
  private readonly withinMs: number
  private readonly clock: Clock
  private readonly lost: (fault: UnreachableFault) => void
  private lastAnsweredAt: number
  private timer: Cancel | null = null
  private fault: Fault | null = null
  private stopped = false

  constructor(what: UnreachableFault['what'], withinMs: number, clock: Clock, lost: (fault: UnreachableFault) => void) {
    this.what = what
    this.withinMs = withinMs
    this.clock = clock
    this.lost = lost
    this.lastAnsweredAt = clock.now()
  }

  /** the time since its last answer */
  get silentForMs(): number {
    return this.clock.now() - this.lastAnsweredAt
  }

  answered(answer: Either<Fault, unknown>): void {
    if (isLeft(answer)) {
      // Any other fault is an answer.
      if (answer.left._tag === 'ConnectionFault' || answer.left._tag === 'FrameFault') this.missed(answer.left)
      return
    }
    this.lastAnsweredAt = this.clock.now()
    this.stopTimer()
  }

  missed(fault: Fault): void {
    this.fault = fault
    if (this.timer !== null || this.stopped) return
    const inMs = Math.max(0, this.lastAnsweredAt + this.withinMs - this.clock.now())
    this.timer = this.clock.schedule(inMs, () => {
      this.timer = null
      const { what, silentForMs: forMs, fault } = this
      if (fault !== null) this.lost({ _tag: 'UnreachableFault', what, forMs, fault })
    })
  }

  stop(): void {
    this.stopped = true
    this.stopTimer()
  }

  private stopTimer(): void {
    this.timer?.()
    this.timer = null
  }
}
