import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import { waitsForGroup } from '../core/group/coordinator-retries.js'
import { waitsForShareSession } from '../core/share/share-answers.js'
import { noticeMs, Waits } from '../core/scheduling/waits.js'
import { errorCode } from '../core/protocol/error-code.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault } from '../model/fault.js'
import type { KafkaCalls, ShareCalls } from '../ports/kafka-calls.js'
import type { Step } from '../ports/step.js'
import type { Reachability } from './reachability.js'

/** The `reason` of `waiting`, until a request of this kind succeeds. */
export const waitsForCommitted = 'the committed offsets cannot be read yet'
export const waitsForEnds = 'the ends of the log cannot be read yet'

/** If no more requests go to an unreachable broker, the wait for it ends after this time. */
const forgottenAfterMs = 3 * noticeMs

const codeIn = ({ code }: { readonly code: number }): number => code

interface Unreached {
  /** the targets of the failed requests: `any broker`, `the coordinator`, or a node */
  readonly by: Set<string>
  failedAt: number
}

/**
 * Reports what a session waits for: once when the wait begins, every ten seconds while it continues, and once when it ends,
 * regardless of how often it is retried, and by which part.
 */
export class WaitEvents {
  private readonly clock: Clock
  private readonly report: (event: ConsumerEvent) => void
  private readonly waits = new Waits()
  /** by broker */
  private readonly unreached = new Map<string, Unreached>()
  /** the target of each failed request, by fault */
  private readonly targets = new WeakMap<Fault, string>()

  constructor(clock: Clock, report: (event: ConsumerEvent) => void) {
    this.clock = clock
    this.report = report
  }

  event(event: ConsumerEvent): void {
    const now = this.clock.now()
    switch (event._tag) {
      case 'reconnecting': {
        const { broker, fault } = event
        const unreached = this.unreached.get(broker) ?? { by: new Set(), failedAt: now }
        unreached.by.add(this.targets.get(fault) ?? 'any broker')
        unreached.failedAt = now
        this.unreached.set(broker, unreached)
        if (this.waits.begin(`reconnecting ${broker}`, fault._tag, now)) this.report(event)
        break
      }
      case 'waiting':
        if (this.waits.begin(`waiting ${event.reason}`, event.fault._tag, now)) this.report(event)
        break
      case 'joining':
        this.waits.begin(`joining ${event.groupId}`, '', now)
        this.report(event)
        break
      case 'recovered':
        this.over(event.from, event.what)
        break
      default:
        this.report(event)
    }
  }

  /** The same calls. Their answers end waits, and show which brokers can be reached. */
  watch(calls: KafkaCalls, reach: Reachability | null): KafkaCalls {
    const ofAny = <A>(by: string, step: Step<A>, answered?: (answer: A) => void): Step<A> =>
      this.of(by, step, answered, (answer) => reach?.answered(answer))
    const ofNode = <A>(node: number, step: Step<A>, answered?: (answer: A) => void): Step<A> =>
      ofAny(`node ${String(node)}`, step, answered)
    const ofGroup = <A>(step: Step<A>, codeOf: (answer: A) => number, answered?: (answer: A) => void): Step<A> =>
      this.of('the coordinator', step, answered, (answer) => reach?.coordinatorAnswered(answer, codeOf))
    const joined = (groupId: string) => (answer: { readonly code: number }) => {
      if (answer.code === errorCode.NONE) this.over('waiting', waitsForGroup(groupId))
    }
    return {
      metadata: (topics) => ofAny('any broker', calls.metadata(topics)),
      joinGroup: (request) => ofGroup(calls.joinGroup(request), codeIn, joined(request.groupId)),
      syncGroup: (request) => ofGroup(calls.syncGroup(request), codeIn),
      heartbeat: (member) => ofGroup(calls.heartbeat(member), (code) => code),
      consumerGroupHeartbeat: (request) =>
        ofGroup(calls.consumerGroupHeartbeat(request), codeIn, joined(request.groupId)),
      leaveGroup: (request) => calls.leaveGroup(request),
      // A member that returns asks once, and does not wait for the answer.
      describeGroup: (groupId) =>
        calls.describeGroup(groupId).pipe(tap((answer) => reach?.coordinatorAnswered(answer, codeIn))),
      offsetCommit: (request) => ofGroup(calls.offsetCommit(request), (codes) => codes[0]?.code ?? errorCode.NONE),
      offsetFetch: (groupId, partitions, member) =>
        ofGroup(calls.offsetFetch(groupId, partitions, member), codeIn, ({ code, offsets }) => {
          if (code === errorCode.NONE && offsets.every((one) => one.code === errorCode.NONE))
            this.over('waiting', waitsForCommitted)
        }),
      listOffsets: (node, request) =>
        ofNode(node, calls.listOffsets(node, request), (offsets) => {
          if (offsets.every(({ code }) => code === errorCode.NONE)) this.over('waiting', waitsForEnds)
        }),
      fetch: (node, request) => ofNode(node, calls.fetch(node, request)),
      offsetForLeaderEpoch: (node, queries) => ofNode(node, calls.offsetForLeaderEpoch(node, queries)),
      close: () => {
        calls.close()
      }
    }
  }

  /** The same for the calls of a share group's member. */
  watchShare(calls: ShareCalls): ShareCalls {
    const ofNode = <A extends { readonly code: number }>(node: number, step: Step<A>): Step<A> =>
      this.of(`node ${String(node)}`, step, ({ code }) => {
        if (code === errorCode.NONE) this.over('waiting', waitsForShareSession(node))
      })
    return {
      ...calls,
      metadata: (topics) => this.of('any broker', calls.metadata(topics)),
      shareGroupHeartbeat: (request) =>
        this.of('the coordinator', calls.shareGroupHeartbeat(request), ({ code }) => {
          if (code === errorCode.NONE) this.over('waiting', waitsForGroup(request.groupId))
        }),
      shareFetch: (node, request) => ofNode(node, calls.shareFetch(node, request)),
      shareAcknowledge: (node, request) => ofNode(node, calls.shareAcknowledge(node, request))
    }
  }

  private of<A>(
    by: string,
    step: Step<A>,
    answered: (answer: A) => void = () => undefined,
    heard: (answer: Either<Fault, A>) => void = () => undefined
  ): Step<A> {
    return step.pipe(
      tap((answer: Either<Fault, A>) => {
        heard(answer)
        if (isLeft(answer)) this.targets.set(answer.left, by)
        else {
          this.reached(by)
          answered(answer.right)
        }
      })
    )
  }

  private reached(by: string): void {
    if (this.unreached.size === 0) return
    for (const [broker, { by: targets, failedAt }] of this.unreached) {
      targets.delete(by)
      if (targets.size > 0 && this.clock.now() - failedAt < forgottenAfterMs) continue
      this.unreached.delete(broker)
      this.over('reconnecting', broker)
    }
  }

  private over(from: (ConsumerEvent & { readonly _tag: 'recovered' })['from'], what: string): void {
    const afterMs = this.waits.end(`${from} ${what}`, this.clock.now())
    if (afterMs !== null) this.report({ _tag: 'recovered', from, what, afterMs })
  }
}
