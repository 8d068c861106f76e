import { isRight } from 'fp-ts/lib/Either.js'
import { NEVER, of, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../../src/index.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

const partitions = 40
const batchesOfEach = 6
const batchBytes = 1_000
const limit = 20_000
/** What each partition may buffer if the others leave no more: less than one batch. */
const share = limit / partitions

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)
const bytesOf = ({ answers }: Reading): number => sum(answers.map(({ bytes }) => bytes))

interface Reading {
  /** the answers that brought any records: how many bytes, and of which partitions */
  readonly answers: readonly { readonly bytes: number; readonly of: readonly number[] }[]
  /** how many records of each partition were handled */
  readonly handled: readonly number[]
}

/** A consumer of 40 partitions, with a batch for each record. Handlers of the first `hung` partitions never end. */
const read = (hung: number): Reading => {
  const answers: { bytes: number; of: readonly number[] }[] = []
  const { clock, cluster, produce } = tappedCluster(partitions, (calls) => ({
    fetch: (node, request) =>
      calls.fetch(node, request).pipe(
        tap((answer) => {
          if (!isRight(answer)) return
          const brought = answer.right.partitions.flatMap(({ partition, records }) => (records === null || records.length === 0 ? [] : { partition, bytes: records.length })) // prettier-ignore
          if (brought.length > 0) answers.push({ bytes: sum(brought.map(({ bytes }) => bytes)), of: brought.map(({ partition }) => partition) }) // prettier-ignore
        })
      )
  }))
  const values = Array.from({ length: batchesOfEach }, () => 'x'.repeat(batchBytes))
  for (let partition = 0; partition < partitions; partition++) produce(partition, ...values)
  const handled = Array.from({ length: partitions }, () => 0)
  const reader = consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    'fetch.max.bytes': limit,
    maxInFlight: 1,
    subscription: subscribe('orders')
  })
  reader
    .pipe(
      eachPartition((records) =>
        records.pipe(
          handle(({ partition }) => {
            if (partition < hung) return NEVER
            handled[partition] = (handled[partition] ?? 0) + 1
            return of(null)
          }),
          commit()
        )
      )
    )
    .subscribe()
  clock.advance(2_000)
  void reader.close()
  clock.advance(60_000)
  return { answers, handled }
}

describe('the buffers of many partitions', () => {
  it('are filled by few requests, though the share of a partition is less than one batch', () => {
    const reading = read(0)
    expect(reading.handled).toEqual(reading.handled.map(() => batchesOfEach))
    // Each may bring a quarter of the whole and more.
    expect(reading.answers.length).toBeLessThan(bytesOf(reading) / (limit / 4))
  })

  it('hold no more than the limit, and a share and a batch of each partition beyond it, while nothing is settled', () => {
    expect(bytesOf(read(partitions))).toBeLessThan(limit + partitions * (share + batchBytes + 100))
  })

  it('are filled of each partition, by its batches, though others hold all that there is', () => {
    const hung = 36
    const reading = read(hung)
    expect(bytesOf(reading)).toBeGreaterThan(limit)
    expect(reading.handled).toEqual(reading.handled.map((_, partition) => (partition < hung ? 0 : batchesOfEach)))
    // How large their batches are is known from the first on: then one answer brings one of each.
    const answers = reading.answers.filter(({ of }) => of.some((partition) => partition >= hung))
    expect(answers.length).toBeLessThan(((partitions - hung) * batchesOfEach) / 2)
  })
})
