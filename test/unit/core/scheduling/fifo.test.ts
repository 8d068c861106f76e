import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from '../../../../src/core/scheduling/fifo.js'

type Act = { readonly _tag: 'push' | 'putBack'; readonly item: number } | { readonly _tag: 'shift' }

const acts = fc.array(
  fc.oneof(
    fc.record({ _tag: fc.constantFrom('push' as const, 'putBack' as const), item: fc.nat() }),
    fc.constant<Act>({ _tag: 'shift' })
  )
)

/** Applies the act to the queue and to the list; gives what each has given. */
const apply = (act: Act, queue: Fifo<number>, list: number[]): readonly [unknown, unknown] => {
  switch (act._tag) {
    case 'push':
      queue.push(act.item)
      list.push(act.item)
      return [null, null]
    case 'putBack':
      queue.putBack(act.item)
      list.unshift(act.item)
      return [null, null]
    case 'shift':
      return [queue.shift(), list.shift()]
  }
}

describe('Fifo', () => {
  it('is a queue', () => {
    fc.assert(
      fc.property(acts, (given) => {
        const queue = new Fifo<number>()
        const list: number[] = []
        for (const act of given) {
          const [ours, expected] = apply(act, queue, list)
          expect([ours, queue.length, queue.peek()]).toEqual([expected, list.length, list[0]])
        }
        expect([...queue]).toEqual(list)
      })
    )
  })

  it('keeps its order when it drops thousands of removed items', () => {
    const queue = new Fifo<number>()
    for (let item = 0; item < 3_000; item++) queue.push(item)
    const taken = Array.from({ length: 2_000 }, () => queue.shift())

    expect(taken).toEqual(Array.from({ length: 2_000 }, (_, item) => item))
    expect([queue.length, queue.peek(), [...queue].at(-1)]).toEqual([1_000, 2_000, 2_999])
  })
})
