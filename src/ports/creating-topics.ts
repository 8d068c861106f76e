import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { problemsWithTopics } from '../config/check-places.js'
import type { Fault } from '../model/fault.js'
import type { NewTopic } from './new-topic.js'
import { awaitableStep } from './awaitable-step.js'
import type { Cluster } from './cluster.js'
import type { Step } from './step.js'

/** Creates topics if they are described correctly; a `ConfigFault` says what is invalid. */
export const creatingTopics = (
  create: (topics: readonly NewTopic[]) => Step<void>
): Pick<Cluster, 'createTopics' | 'createTopicsEither'> => {
  const checked = (topics: readonly NewTopic[]): Step<void> => {
    const problems = problemsWithTopics('createTopics: topics', topics)
    return problems.length === 0 ? create(topics) : of(left<Fault>({ _tag: 'ConfigFault', problems }))
  }
  return { createTopics: (topics) => awaitableStep(checked(topics)), createTopicsEither: checked }
}
