import { isLeft } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { recordsIn } from '../../core/records/records-in.js'
import { type FetchMessage, fetching } from '../../internal/trace-channels.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { FetchResponse } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'

/** The same step, published to the tracing channel if that has subscribers now. An abandoned fetch publishes no outcome. */
export const fetchTraced = (
  groupId: string | null,
  node: number,
  fetched: Step<FetchResponse>
): Step<FetchResponse> => {
  if (!fetching.look()) return fetched
  return new Observable((subscriber) => {
    const message: FetchMessage = { groupId, node, topics: [], records: 0, bytes: 0 }
    return fetching.begin(message, () =>
      fetched.subscribe((answer) => {
        if (isLeft(answer)) fetching.failed(message, new ConsumerError(answer.left))
        else {
          note(message, answer.right)
          fetching.succeeded(message)
        }
        subscriber.next(answer)
        subscriber.complete()
      })
    )
  })
}

const note = (message: FetchMessage, { partitions }: FetchResponse): void => {
  const topics = new Set<string>()
  for (const { topic, records } of partitions) {
    if (records === null || records.length === 0) continue
    topics.add(topic)
    message.records += recordsIn(records)
    message.bytes += records.length
  }
  message.topics = [...topics]
}
