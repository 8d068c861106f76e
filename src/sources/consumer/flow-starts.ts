import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import type { StartFrom } from '../../config/start-from.js'
import type { Fault } from '../../model/fault.js'
import type { Position } from '../../model/position.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Parts } from '../../ports/step.js'
import type { CommitScheduler } from './commit-scheduler.js'
import { type LocateContext, type LocatedStart, locatePosition, locateStart } from './locate-start.js'
import type { PartitionFlow } from './partition-flow.js'

export interface FlowStartsContext extends Omit<LocateContext, 'isAwaited'> {
  readonly commits: CommitScheduler
  readonly startFrom: StartFrom | null
  /** A position cannot be found: the consumer is to stop. */
  readonly failed: (fault: Fault) => void
}

/**
 * Where the partitions begin to be read, and go on. Each assignment and each seek is a question, answered now or later; only
 * the newest one of a partition counts: what an older one brings, a fault included, is not for it any more.
 */
export class FlowStarts {
  private readonly context: FlowStartsContext
  /** what is asked for each, until it is sought elsewhere or over */
  private readonly asked = new Map<PartitionFlow, Asking>()

  constructor(context: FlowStartsContext) {
    this.context = context
  }

  /** They were assigned. Those that the listeners to the assignment have sought elsewhere have their question already. */
  begin(assigned: readonly PartitionFlow[]): void {
    const flows = assigned.filter((flow) => !this.asked.has(flow))
    if (flows.length === 0) return
    const places = flows.map(({ topic, partition }) => ({ topic, partition }))
    const questions = new Map(flows.map((flow) => [keyOf(flow), { flow, question: flow.cursor }]))
    this.follow(flows).add(this.ask(questions, (context) => locateStart(context, places, this.context.startFrom)))
  }

  /** Reading of it goes on at another position. */
  seek(flow: PartitionFlow, position: Position): void {
    this.forget(flow)
    const { topic, partition } = flow
    const questions = new Map([[keyOf(flow), { flow, question: flow.moveOn() }]])
    this.follow([flow]).add(this.ask(questions, (context) => locatePosition(context, { topic, partition }, position)))
  }

  /** It is sought elsewhere, or over. */
  forget(flow: PartitionFlow): void {
    const asking = this.asked.get(flow)
    if (asking === undefined) return
    this.asked.delete(flow)
    asking.flows.delete(flow)
    if (asking.flows.size === 0) asking.subscription.unsubscribe()
  }

  /** Before anything is asked: what is answered at once may have a listener seek. */
  private follow(flows: readonly PartitionFlow[]): Subscription {
    const asking = { flows: new Set(flows), subscription: new Subscription() }
    for (const flow of flows) this.asked.set(flow, asking)
    return asking.subscription
  }

  private ask(questions: Questions, locate: (context: LocateContext) => Parts<LocatedStart>): Subscription {
    const awaited = (partition: TopicPartition): PartitionFlow | null => {
      const asked = questions.get(keyOf(partition))
      return asked?.flow.awaits(asked.question) === true ? asked.flow : null
    }
    return locate({ ...this.context, isAwaited: (partition) => awaited(partition) !== null }).subscribe((answer) => {
      if (isLeft(answer)) {
        if ([...questions.values()].some(({ flow, question }) => flow.awaits(question)))
          this.context.failed(answer.left)
        return
      }
      const begun = answer.right.flatMap((start) => {
        const flow = awaited(start)
        flow?.begin(start)
        return flow ?? []
      })
      // All of them with one request.
      const urgent = begun.map(({ commits }) => commits).filter((commits) => commits.isUrgent)
      if (urgent.length > 0) this.context.commits.commit(urgent, 'start')
    })
  }
}

/** What is looked up together is given up when none of them needs it any more: look-ups are repeated until they are answered. */
interface Asking {
  readonly flows: Set<PartitionFlow>
  readonly subscription: Subscription
}

type Questions = ReadonlyMap<string, { readonly flow: PartitionFlow; readonly question: number }>
