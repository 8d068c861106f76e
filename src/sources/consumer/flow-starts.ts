import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import type { StartFrom } from '../../config/start-from.js'
import type { Fault } from '../../model/fault.js'
import type { Position } from '../../model/position.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
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
  private readonly seeks = new Map<PartitionFlow, Subscription>()

  constructor(context: FlowStartsContext) {
    this.context = context
  }

  /** They were assigned. Those that the listeners to the assignment have sought elsewhere have their question already. */
  begin(assigned: readonly PartitionFlow[]): void {
    const flows = assigned.filter((flow) => !this.seeks.has(flow))
    if (flows.length === 0) return
    const places = flows.map(({ topic, partition }) => ({ topic, partition }))
    const questions = new Map(flows.map((flow) => [keyOf(flow), { flow, question: flow.cursor }]))
    this.ask(questions, (context) => locateStart(context, places, this.context.startFrom))
  }

  /** Reading of it goes on at another position. */
  seek(flow: PartitionFlow, position: Position): void {
    this.forget(flow)
    const { topic, partition } = flow
    const questions = new Map([[keyOf(flow), { flow, question: flow.moveOn() }]])
    this.seeks.set(
      flow,
      this.ask(questions, (context) => locatePosition(context, { topic, partition }, position))
    )
  }

  /** It is sought elsewhere, or over. */
  forget(flow: PartitionFlow): void {
    this.seeks.get(flow)?.unsubscribe()
    this.seeks.delete(flow)
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

type Questions = ReadonlyMap<string, { readonly flow: PartitionFlow; readonly question: number }>

const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)
