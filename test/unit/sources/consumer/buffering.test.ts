import { isRight } from 'fp-ts/lib/Either.js'
import { NEVER, of, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../../src/index.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

const partitions = 40
const limit = 20_000
/** What each partition may ask for if the others leave no room. */
const share = limit / partitions
/** What a batch takes besides the value of its one record, and a little more. */
const overhead = 100

interface Brought {
  readonly partition: number
  readonly bytes: number
}

interface Reading {
  /** of each answer that brought records, how many bytes of which partitions */
  readonly answers: readonly (readonly Brought[])[]
  /** how many records of each partition were handled */
  readonly handled: readonly number[]
}

const bytesOf = (brought: readonly Brought[]): number => brought.reduce((sum, { bytes }) => sum + bytes, 0)

/**
 * A consumer of 40 partitions, each with so many records of so many bytes, a batch for each record. Handlers of the first
 * `hung` partitions never end.
 */
const read = (hung: number, valueBytes: number, recordsOfEach: number): Reading => {
  const answers: (readonly Brought[])[] = []
  const { clock, cluster, produce } = tappedCluster(partitions, (calls) => ({
    fetch: (node, request) =>
      calls.fetch(node, request).pipe(
        tap((answer) => {
          const told = isRight(answer) ? answer.right.partitions : []
          const brought = told.map(({ partition, records }) => ({ partition, bytes: records?.length ?? 0 }))
          if (bytesOf(brought) > 0) answers.push(brought.filter(({ bytes }) => bytes > 0))
        })
      )
  }))
  const values = Array.from({ length: recordsOfEach }, () => 'x'.repeat(valueBytes))
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
    const { answers, handled } = read(0, 1_000, 6)
    expect(handled).toEqual(handled.map(() => 6))
    // Each may bring a quarter of the whole and more.
    expect(answers.length).toBeLessThan(bytesOf(answers.flat()) / (limit / 4))
  })

  it.each([
    ['large', 1_000, 10],
    ['small', 100, 100]
  ])(
    'of %s batches hold no more than the limit, and beyond it two shares and a batch of each partition',
    (_size, bytes, records) => {
      // prettier-ignore
      const { answers } = read(partitions, bytes, records)
      const held = bytesOf(answers.flat())
      expect(held).toBeGreaterThan(limit)
      expect(held).toBeLessThan(limit + partitions * (2 * share + bytes + overhead))
    }
  )

  it('are filled of each partition, by its batches, though others hold all that there is', () => {
    const hung = 36
    const { answers, handled } = read(hung, 1_000, 6)
    expect(bytesOf(answers.flat().filter(({ partition }) => partition < hung))).toBeGreaterThan((limit * 3) / 4)
    expect(handled).toEqual(handled.map((_, partition) => (partition < hung ? 0 : 6)))
    // How large their batches are is known from the first on: then one answer brings one of each.
    const ofOthers = answers.filter((brought) => brought.some(({ partition }) => partition >= hung))
    expect(ofOthers.length).toBeLessThan(((partitions - hung) * 6) / 2)
  })
})
