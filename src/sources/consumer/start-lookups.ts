import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import type { StartFrom } from '../../config/start-from.js'
import type { Fault } from '../../model/fault.js'
import type { Position } from '../../model/position.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Parts } from '../../ports/step.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { CommitScheduler } from './commit-scheduler.js'
import { type LocateContext, type LocatedStart, locatePosition, locateStart } from './locate-start.js'

export interface StartLookupsContext extends Omit<LocateContext, 'isAwaited'> {
  readonly commits: CommitScheduler
  readonly startFrom: StartFrom | null
  /** A position cannot be found: the consumer has to stop. */
  readonly failed: (fault: Fault) => void
}

/** A partition that waits for its position, with the number of its lookup. */
interface Question {
  readonly partition: AssignedPartition
  readonly cursor: number
}

/**
 * Partitions that are looked up together. Lookups are repeated until they are answered, so one is abandoned once none of its
 * partitions needs it.
 */
interface LookUp {
  readonly partitions: Set<AssignedPartition>
  readonly subscription: Subscription
}

/**
 * Looks up where partitions begin or continue to be read. For each only the newest lookup counts: results of an older one, even
 * a fault, are ignored.
 */
export class StartLookups {
  private readonly context: StartLookupsContext
  /** the lookup of each partition, until a seek or its end */
  private readonly underWay = new Map<AssignedPartition, LookUp>()
  /** the partitions of one assignment, to be looked up together */
  private together: Question[] = []

  constructor(context: StartLookupsContext) {
    this.context = context
  }

  /** These partitions were assigned. */
  begin(assigned: readonly AssignedPartition[]): void {
    for (const partition of assigned) partition.handle({ _tag: 'assigned' })
    const questions = this.together
    this.together = []
    if (questions.length === 0) return
    const places = questions.map(({ partition: { topic, partition } }) => ({ topic, partition }))
    this.lookUp(questions, (context) => locateStart(context, places, this.context.startFrom))
  }

  /** Looks up the position; null: the start of the assignment, together with the others of the same assignment. */
  locate(partition: AssignedPartition, cursor: number, position: Position | null): void {
    if (position === null) {
      this.together.push({ partition, cursor })
      return
    }
    this.forget(partition)
    const place = { topic: partition.topic, partition: partition.partition }
    this.lookUp([{ partition, cursor }], (context) => locatePosition(context, place, position))
  }

  /** The partition is read elsewhere, or has ended. */
  forget(partition: AssignedPartition): void {
    const lookUp = this.underWay.get(partition)
    if (lookUp === undefined) return
    this.underWay.delete(partition)
    lookUp.partitions.delete(partition)
    if (lookUp.partitions.size === 0) lookUp.subscription.unsubscribe()
  }

  private lookUp(questions: readonly Question[], locate: (context: LocateContext) => Parts<LocatedStart>): void {
    // Set before the request: an immediate answer may make a listener seek.
    const lookUp = {
      partitions: new Set(questions.map(({ partition }) => partition)),
      subscription: new Subscription()
    }
    for (const { partition } of questions) this.underWay.set(partition, lookUp)
    const byPlace = new Map(questions.map((question) => [keyOf(question.partition), question]))
    const awaited = (place: TopicPartition): Question | null => {
      const question = byPlace.get(keyOf(place))
      return question?.partition.awaits(question.cursor) === true ? question : null
    }
    const context = { ...this.context, isAwaited: (place: TopicPartition) => awaited(place) !== null }
    lookUp.subscription.add(
      locate(context).subscribe((answer) => {
        if (!isLeft(answer)) this.located(answer.right.map((start) => ({ start, question: awaited(start) })))
        else if (questions.some(({ partition, cursor }) => partition.awaits(cursor))) this.context.failed(answer.left)
      })
    )
  }

  private located(found: readonly { readonly start: LocatedStart; readonly question: Question | null }[]): void {
    const begun = found.flatMap(({ start, question }) => {
      question?.partition.handle({ _tag: 'located', cursor: question.cursor, start })
      return question?.partition ?? []
    })
    // One commit for all of them.
    const urgent = begun.map(({ commits }) => commits.offsets).filter((offsets) => offsets.isUrgent)
    if (urgent.length > 0) this.context.commits.commit(urgent, 'start')
  }
}
