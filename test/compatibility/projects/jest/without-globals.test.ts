import { expect, test } from '@jest/globals'
import { commit, eachPartition, handle } from 'ackstream'
import { marbleMatchers, type Pipeline, type PlaysOptions } from 'ackstream/testing'

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    toPlay(diagram: string, options?: PlaysOptions): Promise<R & T>
  }
}
expect.extend(marbleMatchers as never)

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

test('plays a diagram', async () => {
  await expect(pipeline).toPlay('orders/0              -ab\none                   ^--\none orders/0 commits  -ab')
})
