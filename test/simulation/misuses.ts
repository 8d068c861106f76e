import type { Consumer, TopicPartition } from '../../src/index.js'

/** A call of JavaScript's that no type allows. */
export interface Misuse {
  readonly name: string
  readonly call: (consumer: Consumer, partition: TopicPartition) => unknown
}

type Untyped = Readonly<
  Record<'seek' | 'commitSync' | 'commitAsync' | 'pause' | 'resume', (...given: unknown[]) => unknown>
>

const misuse = (name: string, call: (consumer: Untyped, partition: TopicPartition) => unknown): Misuse => ({
  name,
  call: (consumer, partition) => call(consumer as unknown as Untyped, partition)
})

/** Wrong things for each public method that takes something. None of them may change anything. */
export const misuses: readonly [Misuse, ...Misuse[]] = [
  misuse('seek to a number', (consumer, partition) => consumer.seek(partition, 3)),
  misuse('seek to an offset that is a number', (consumer, partition) => consumer.seek(partition, { offset: 3 })),
  misuse('seek to a negative offset', (consumer, partition) => consumer.seek(partition, { offset: -1n })),
  misuse('seek to a word that is none', (consumer, partition) => consumer.seek(partition, 'begin')),
  misuse('seek to nothing', (consumer, partition) => consumer.seek(partition)),
  misuse('seek to a time that is none', (consumer, partition) => consumer.seek(partition, { timestamp: Number.NaN })),
  misuse('seek to a date', (consumer, partition) => consumer.seek(partition, { timestamp: new Date(0) })),
  misuse('seek nowhere', (consumer) => consumer.seek(null, { offset: 0n })),
  misuse('seek in a partition of no number', (consumer, { topic }) =>
    consumer.seek({ topic, partition: '0' }, { offset: 0n })
  ),
  misuse('commit an offset that is a number', (consumer, partition) =>
    consumer.commitSync([{ ...partition, offset: 1 }])
  ),
  misuse('commit a negative offset', (consumer, partition) => consumer.commitSync([{ ...partition, offset: -1n }])),
  misuse('commit no offset', (consumer, partition) => consumer.commitSync([{ ...partition }])),
  misuse('commit what is no list', (consumer, partition) => consumer.commitSync({ ...partition, offset: 0n })),
  misuse('commit nothing of a list', (consumer) => consumer.commitSync([null])),
  misuse('commit metadata that is too large', (consumer, partition) =>
    consumer.commitSync([{ ...partition, offset: 0n, metadata: 'm'.repeat(40_000) }])
  ),
  misuse('commit metadata that is no text', (consumer, partition) =>
    consumer.commitSync([{ ...partition, offset: 0n, metadata: 7 }])
  )
]
