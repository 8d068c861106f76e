import { filter, interval, lastValueFrom, takeUntil, toArray } from 'rxjs'
import { assign } from '../../config/assign.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { eachPartition } from '../../operators/each-partition.js'
import { ack } from '../../operators/ack.js'
import type { Cluster } from '../../ports/cluster.js'
import { consumer } from '../../sources/consumer/consumer.js'

/** Reads everything that a topic contains now, with a consumer of its own. */
export const readTopic = async (
  cluster: Cluster,
  topic: string,
  partitions: number
): Promise<readonly ConsumerRecord[]> => {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, from: 'beginning' as const }))
  const reader = consumer(cluster, { subscription: assign(all) })
  const atEnd = interval(20).pipe(
    filter(() => {
      const positions = reader.positions()
      return positions.length === partitions && positions.every(({ lag }) => lag === 0n)
    })
  )
  const records = await lastValueFrom(
    reader.pipe(
      eachPartition((partition) => partition.pipe(ack<ConsumerRecord>())),
      takeUntil(atEnd),
      toArray()
    )
  )
  await reader.close()
  return records
}
