import { pipelineHooksOf, setPipelineHooks } from '../../internal/pipeline-hooks.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Consumer } from '../../sources/consumer/consumer.js'
import { partitionStream } from '../../sources/consumer/partition-stream.js'
import { alteredConsumer } from './altered-consumer.js'
import { RecordedAck, type RecordWatcher } from './recorded-record.js'

/** Receives the events of a consumer's streams and records. */
export interface ConsumerWatcher extends RecordWatcher {
  /** The pipeline has subscribed to its consumer. */
  subscribed(): void
  /** `^` subscribed, `|` completed, `#` errored, `!` unsubscribed before. */
  stream(partition: PartitionStream, char: '^' | '|' | '#' | '!'): void
  delivered(ack: RecordedAck): void
}

/** Wraps a consumer to record it; pipelines cannot notice that. */
export const recordedConsumer = (inner: Consumer, watcher: ConsumerWatcher): Consumer =>
  alteredConsumer(
    inner,
    (stream) => recordedStream(stream, watcher),
    () => {
      watcher.subscribed()
    }
  )

const recordedStream = (inner: PartitionStream, watcher: ConsumerWatcher): PartitionStream => {
  const outer = partitionStream(inner.key, inner.signal, (subscriber) => {
    let over = false
    const ends = (char: '|' | '#' | '!'): void => {
      if (over) return
      over = true
      watcher.stream(outer, char)
    }
    watcher.stream(outer, '^')
    subscriber.add(() => {
      ends('!')
    })
    subscriber.add(
      inner.subscribe({
        next: (record: ConsumerRecord) => {
          const ack = new RecordedAck(record, watcher)
          watcher.delivered(ack)
          subscriber.next(record.withTarget(ack, 0))
        },
        error: (error: unknown) => {
          ends('#')
          subscriber.error(error)
        },
        complete: () => {
          ends('|')
          subscriber.complete()
        }
      })
    )
  })
  const hooks = pipelineHooksOf(inner)
  if (hooks !== undefined) setPipelineHooks(outer, hooks)
  return outer
}
