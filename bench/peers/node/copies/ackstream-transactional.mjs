import { consumer, subscribe, transactional } from 'ackstream'
import { kafka } from 'ackstream/kafka'

/** Transactions of 500 records of all partitions, as by default. */
export const copy = async ({ brokers, from, to, records, groupId, begin, upper }) => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const input = consumer(cluster, {
    'group.id': groupId,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    subscription: subscribe(from)
  })
  input.rebalances.subscribe(begin)
  let copied = 0
  await new Promise((done, failed) => {
    input
      .pipe(
        transactional(cluster, { 'transactional.id': groupId }, (partition, tx) =>
          partition.pipe(tx.produceTo({ topic: to, record: ({ key, value }) => ({ key, value: upper(value) }) }))
        )
      )
      .subscribe({
        next: (committed) => {
          if ((copied += committed.records) >= records) done()
        },
        error: failed
      })
  })
}
