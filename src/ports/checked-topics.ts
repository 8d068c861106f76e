import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { problemsWithTopics } from '../config/check-places.js'
import type { Fault } from '../model/fault.js'
import type { NewTopic } from './new-topic.js'
import type { Step } from './step.js'

/** Creates topics if they are described as they have to be; a `ConfigFault` says what is not. */
export const checkedTopics = (topics: readonly NewTopic[], create: () => Step<void>): Step<void> => {
  const problems = problemsWithTopics('createTopics: topics', topics)
  return problems.length === 0 ? create() : of(left<Fault>({ _tag: 'ConfigFault', problems }))
}
