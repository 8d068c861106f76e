import type { Observable } from 'rxjs'
import { map, Observable as Stream } from 'rxjs'
import { pipelineHooksOf, setPipelineHooks } from '../../internal/pipeline-hooks.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Consumer } from '../../sources/consumer/consumer.js'
import { partitionStream } from '../../sources/consumer/partition-stream.js'

/** A consumer whose partitions are something else to its pipeline; everything else about it is as it was. */
export const alteredConsumer = (
  inner: Consumer,
  alter: (stream: PartitionStream) => PartitionStream,
  subscribed: () => void = () => undefined
): Consumer => {
  const streams = new Stream<PartitionStream>((subscriber) => {
    subscribed()
    return inner.pipe(map(alter)).subscribe(subscriber)
  })
  return new Proxy(inner, {
    get: (target, name) => {
      if (name in streams) return Reflect.get(streams, name) as unknown
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    }
  })
}

/** A partition's stream with altered records. */
export const alteredStream = (
  inner: PartitionStream,
  records: (stream: PartitionStream) => Observable<ConsumerRecord>
): PartitionStream => {
  const outer = partitionStream(inner.key, inner.signal, (subscriber) => {
    subscriber.add(records(inner).subscribe(subscriber))
  })
  const hooks = pipelineHooksOf(inner)
  if (hooks !== undefined) setPipelineHooks(outer, hooks)
  return outer
}
