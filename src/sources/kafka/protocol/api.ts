import type { RequestWriter } from './request-writer.js'
import type { ResponseReader } from './response-reader.js'

/** One of Kafka's requests in one version: how it is written and how its answer is read. */
export interface Api<Request, Response> {
  readonly name: string
  readonly key: number
  readonly version: number
  /** Left out: always. */
  readonly expectsAnswer?: (request: Request) => boolean
  readonly write: (writer: RequestWriter, request: Request) => void
  /** The answer, and how long the broker wants to be left alone (ms). */
  readonly read: (reader: ResponseReader) => { readonly throttleMs: number; readonly value: Response }
}

/** Items by topic, in the order in which the topics first come. */
export const byTopic = <A extends { readonly topic: string }>(
  items: readonly A[]
): readonly (readonly [string, readonly A[]])[] => {
  const topics = new Map<string, A[]>()
  for (const item of items) {
    const known = topics.get(item.topic)
    if (known === undefined) topics.set(item.topic, [item])
    else known.push(item)
  }
  return [...topics]
}
