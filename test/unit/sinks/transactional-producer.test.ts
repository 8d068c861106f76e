import { afterEach, describe, expect, it } from 'vitest'
import { ConsumerError, transactionalProducer, type TransactionalProducer } from '../../../src/index.js'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'

const open: TransactionalProducer[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
const made = (cluster: MemoryCluster, id = 'id'): TransactionalProducer => {
  const one = transactionalProducer(cluster, { 'transactional.id': id })
  open.push(one)
  return one
}
const faultOf = async (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => 'it succeeded',
    (error: unknown) => (error instanceof ConsumerError ? error.fault : error)
  )

describe('transactionalProducer', () => {
  it('resolves with what the work gives once everything is committed, one after the other', async () => {
    const cluster = memoryCluster({ topics: { a: 1, b: 1 } })
    const producer = made(cluster)
    const order: string[] = []
    const first = producer.transaction(async (tx) => {
      order.push('first begins')
      void tx.send({ topic: 'a', value: '1' })
      const { offset } = await tx.send({ topic: 'b', value: '2' })
      order.push('first ends')
      return offset
    })
    const second = producer.transaction((tx) => {
      order.push('second')
      return tx.send({ topic: 'a', value: '3' })
    })
    expect(await first).toBe(0n)
    // The marker of the first transaction takes an offset.
    expect(await second).toEqual({ topic: 'a', partition: 0, offset: 2n })
    expect(order).toEqual(['first begins', 'first ends', 'second'])
  })

  it('aborts when the work fails, and the next transaction is another', async () => {
    const cluster = memoryCluster({ topics: { a: 1 } })
    const producer = made(cluster)
    const failed = producer.transaction(async (tx) => {
      await tx.send({ topic: 'a', value: 'hidden' })
      throw new Error('no')
    })
    expect(String(await faultOf(failed))).toBe('Error: no')
    await producer.transaction((tx) => tx.send({ topic: 'a', value: 'seen' }))
    // A record and the marker that hides it, a record and the marker that shows it.
    expect(cluster.logEnd({ topic: 'a', partition: 0 })).toBe(4n)
  })

  it('rejects for a record that nobody waited for, and commits nothing', async () => {
    const cluster = memoryCluster({ topics: { a: 1 } })
    cluster.createTopic('small', 1, { 'max.message.bytes': '100' })
    const producer = made(cluster)
    const failed = producer.transaction((tx) => {
      void tx.send({ topic: 'small', value: 'x'.repeat(1_000) })
    })
    expect(await faultOf(failed)).toMatchObject({ _tag: 'ProduceFault', trouble: 'record too large' })
  })

  it('is fenced for good by a newer one of the same id', async () => {
    const cluster = memoryCluster({ topics: { a: 1 } })
    const older = made(cluster)
    await older.transaction((tx) => tx.send({ topic: 'a', value: '1' }))
    await made(cluster).transaction((tx) => tx.send({ topic: 'a', value: '2' }))
    for (const value of ['3', '4'])
      expect(await faultOf(older.transaction((tx) => tx.send({ topic: 'a', value })))).toMatchObject({
        _tag: 'FencedFault',
        id: 'id'
      })
  })

  it('takes nothing when it is closed, nor when a transaction is over', async () => {
    const cluster = memoryCluster({ topics: { a: 1 } })
    const producer = made(cluster)
    const tx = await producer.transaction((one) => one)
    expect(await faultOf(tx.send({ topic: 'a', value: 'late' }))).toMatchObject({ _tag: 'UsageFault' })
    expect(await faultOf(producer.transaction(undefined as never))).toMatchObject({ _tag: 'UsageFault' })
    await producer.close()
    expect(await faultOf(producer.transaction(() => 0))).toMatchObject({ _tag: 'ClosedFault' })
  })
})
