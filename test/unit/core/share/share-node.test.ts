import { describe, expect, it } from 'vitest'
import { byPartition, ShareNode } from '../../../../src/core/share/share-node.js'
import { acquired, batchesAsText } from '../../../support/acquired.js'

describe('ShareNode', () => {
  it('takes the acknowledgements of a partition in the order of its offsets', () => {
    const node = new ShareNode(1)
    for (const batch of [acquired(5, 6), acquired(0, 1), acquired(3, 3, 1)]) {
      node.batches.add(batch)
      batch.acknowledgeRest('accept')
    }
    expect(node.pending).toBe(5)
    const { acknowledged } = node.take()
    expect(acknowledged.map(({ partition, batches }) => `${String(partition)} ${batchesAsText(batches)}`)).toEqual(['0 0-1:1 5-6:1', '1 3-3:1']) // prettier-ignore
  })

  it('takes them in this order also where a released record has come back in a batch of its own', () => {
    const node = new ShareNode(1)
    const all = acquired(0, 4)
    node.batches.add(all)
    all.acknowledge(0, 'release')
    all.acknowledge(2, 'release')
    expect(node.take().acknowledged.map(({ batches }) => batchesAsText(batches))).toEqual(['0-0:2 2-2:2'])
    all.answered('done')
    for (const again of [acquired(2, 2), acquired(0, 0)]) {
      node.batches.add(again)
      again.acknowledge(0, 'release')
    }
    all.acknowledgeRest('accept')
    expect(node.take().acknowledged.map(({ batches }) => batchesAsText(batches))).toEqual(['0-0:2 1-1:1 2-2:2 3-4:1'])
  })

  it('lets the other acknowledgements of a partition wait until its refused ones are sent', () => {
    const node = new ShareNode(1)
    const [refused, other, elsewhere] = [acquired(0, 1), acquired(2, 2), acquired(0, 0, 1)]
    for (const batch of [refused, other, elsewhere]) node.batches.add(batch)
    refused.acknowledgeRest('accept')
    const first = node.take()
    expect(node.refused.refused('T/0', first.batches)).toBe(true)
    for (const batch of first.batches) batch.answered('refused')
    other.acknowledgeRest('accept')
    elsewhere.acknowledgeRest('accept')
    const texts = (): readonly string[] => {
      const { batches, acknowledged } = node.take()
      for (const batch of batches) batch.answered('done')
      node.sweep()
      return acknowledged.map(({ partition, batches: ranges }) => `${String(partition)} ${batchesAsText(ranges)}`)
    }
    expect([texts(), texts(), texts(), texts()]).toEqual([['0 0-0:1', '1 0-0:1'], ['0 1-1:1'], ['0 2-2:1'], []])
    expect(node.batches.size).toBe(0)
  })

  it('renews batches whose renewals were refused together one by one, behind the others', () => {
    const node = new ShareNode(1)
    const [one, other, third] = [acquired(0, 0), acquired(1, 1), acquired(2, 2)]
    node.renewedAlone.add(one)
    node.renewedAlone.add(other)
    expect(node.takeForRenewal([one, other, third])).toEqual([third])
    expect(node.takeForRenewal([one, other])).toEqual([one])
    const renewals = byPartition([one], (batch) => batch.renewals())
    expect(renewals.map(({ batches }) => batchesAsText(batches))).toEqual(['0-0:4'])
  })
})
