import { firstValueFrom, from } from 'rxjs'
import { expect, it } from 'vitest'
import { ack, batch, ConsumerError, describeFault, writeOnce } from '../../../../src/index.js'
import { memoryStore, testPartition } from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'

it('a batch that has records of before and new ones ends the pipeline: it cannot count once, and is not tried without end', async () => {
  const store = memoryStore<string>()
  let transactions = 0
  let isEndless: (what: string) => void = () => undefined
  const endless = new Promise<string>((found) => {
    isEndless = found
  })
  const counted: typeof store = {
    ...store,
    transaction: async (work, signal) => {
      if (++transactions > 10) {
        isEndless('it is tried without end')
        // Otherwise nothing else in the process would run.
        await new Promise(() => undefined)
      }
      await store.transaction(work, signal)
    }
  }
  const partition = testPartition()
  const offsets = store.offsets('g')
  await firstValueFrom(from(offsets.startFrom([partition])))
  await store.transaction(async (tx) => {
    await offsets.save(tx, partition, 0n, 3n)
  })
  offsets.saved(partition, 3n)
  const { ended } = collect(
    partition.stream.pipe(
      batch({ records: 5, withinMs: 1_000 }),
      writeOnce({
        store: counted,
        offsets,
        write: (tx, all) => {
          tx.insert(...all.map(({ value }) => String(value.length)))
        },
        onFailure: 'skip'
      }),
      ack()
    )
  )
  for (let at = 0; at < 5; at++) partition.deliver({ value: String(at) })
  const end = await Promise.race([ended, endless])
  expect(end instanceof ConsumerError ? describeFault(end.fault) : end).toContain('test/0 that are written (below 3)')
  expect([store.rows, partition.acked]).toEqual([[], []])
})
