import { commit, consumer, eachPartition, produceTo, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

export const copy = async ({ brokers, from, to, records, groupId, begin, upper }) => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const input = consumer(cluster, {
    'group.id': groupId,
    'auto.offset.reset': 'earliest',
    maxInFlight: 10_000,
    subscription: subscribe(from)
  })
  input.rebalances.subscribe(begin)
  input
    .pipe(
      eachPartition((partition) =>
        partition.pipe(
          produceTo(cluster, { topic: to, record: ({ key, value }) => ({ key, value: upper(value) }) }),
          commit({ every: 20_000, withinMs: 100 })
        )
      )
    )
    .subscribe()
  const stored = () => input.positions().reduce((sum, { committed }) => sum + Number(committed ?? 0), 0)
  while (stored() < records) await new Promise((later) => setTimeout(later, 5))
}
