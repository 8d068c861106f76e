import { describe, expect, it } from 'vitest'
import {
  RefusedAcknowledgements,
  type TakenAcknowledgements
} from '../../../../src/core/share/refused-acknowledgements.js'
import type { AcquiredBatch } from '../../../../src/core/share/acquired-batch.js'
import { acquired, batchesAsText } from '../../../support/acquired.js'

/** Sends all of it to a broker that has locked all records but these; returns what each request held. */
const sentTo = (batches: readonly AcquiredBatch[], unlocked: ReadonlySet<bigint>): readonly string[] => {
  const refused = new RefusedAcknowledgements()
  const requests: string[] = []
  let taken: TakenAcknowledgements = {
    batches,
    acknowledged: batches.map((batch) => ({ ...batch.place, batches: batch.take() }))
  }
  while (taken.batches.length > 0) {
    const ranges = taken.acknowledged.flatMap((one) => one.batches)
    requests.push(batchesAsText(ranges))
    const isRefused = ranges.some(({ firstOffset, lastOffset }) => [...unlocked].some((offset) => offset >= firstOffset && offset <= lastOffset)) // prettier-ignore
    const again = isRefused && refused.refused('p', taken.batches)
    for (const batch of taken.batches) batch.answered(!isRefused ? 'done' : again ? 'refused' : 'lost')
    refused.sweep()
    taken = refused.take()
  }
  expect(refused.isEmpty).toBe(true)
  return requests
}
const fatesOf = (batch: AcquiredBatch): string =>
  batch
    .fates()
    .map(({ first, last, fate }) => `${String(first)}-${String(last)} ${fate}`)
    .join(', ')
const accepted = (first: number, last: number): AcquiredBatch => {
  const batch = acquired(first, last)
  batch.acknowledgeRest('accept')
  return batch
}

describe('RefusedAcknowledgements', () => {
  it('finds the record that the others are refused for in as many requests as halving takes', () => {
    const batch = accepted(0, 7)
    expect(sentTo([batch], new Set([5n]))).toEqual(['0-7:1', '0-3:1', '4-7:1', '4-5:1', '4-4:1', '5-5:1', '6-7:1'])
    expect(fatesOf(batch)).toBe('0-4 accept, 5-5 lost, 6-7 accept')
  })

  it('sends batches apart first: the records of one were locked at the same time', () => {
    const [one, other] = [accepted(0, 3), accepted(4, 5)]
    expect(sentTo([one, other], new Set([4n]))).toEqual(['0-3:1 4-5:1', '0-3:1', '4-5:1', '4-4:1', '5-5:1'])
    expect([fatesOf(one), fatesOf(other)]).toEqual(['0-3 accept', '4-4 lost, 5-5 accept'])
  })

  it('gives up dividing after so many refusals, and sends what is left once', () => {
    const batch = accepted(0, 999)
    const requests = sentTo([batch], new Set(Array.from({ length: 1_000 }, (_, offset) => BigInt(offset))))
    expect(requests.length).toBeLessThan(150)
    expect(fatesOf(batch)).toBe('0-999 lost')
  })

  it('skips records that lost their lock while they waited', () => {
    const refused = new RefusedAcknowledgements()
    const batch = accepted(0, 3)
    batch.take()
    expect(refused.refused('p', [batch])).toBe(true)
    batch.answered('refused')
    expect([refused.has('p'), refused.isEmpty]).toEqual([true, false])
    batch.lose()
    expect(refused.take().batches).toEqual([])
    refused.sweep()
    expect(refused.isEmpty).toBe(true)
  })

  it('remembers what it has found of a partition while its last part is under way', () => {
    const refused = new RefusedAcknowledgements()
    const batch = accepted(0, 1)
    batch.take()
    refused.refused('p', [batch])
    batch.answered('refused')
    refused.take()
    batch.answered('done')
    refused.take()
    refused.sweep()
    expect(refused.has('p')).toBe(true)
    batch.answered('done')
    refused.sweep()
    expect(refused.has('p')).toBe(false)
  })
})
