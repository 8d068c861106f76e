import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../../src/model/fault.js'
import { CommitRequests } from '../../../../src/sources/consumer/commit-requests.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const due = (offset: bigint, number: number, partition = 0) => ({ topic: 'orders', partition, offset, number })
const refused: Fault = { _tag: 'UnknownTopicFault', topic: 'orders' }

const trial = () => {
  const clock = new VirtualClock()
  const requests = new CommitRequests(clock)
  const answers: unknown[] = []
  const add = (name: string, offsets: readonly ReturnType<typeof due>[], withinMs = 1_000): void => {
    requests.add(offsets, withinMs, (answer) => answers.push([name, answer]))
  }
  return { clock, requests, answers, add }
}

describe('CommitRequests', () => {
  it('answers once each offset, or a later one of its partition, is committed', () => {
    const { clock, requests, answers, add } = trial()
    add('both', [due(3n, 1), due(5n, 1, 1)])
    requests.committed(due(4n, 2))
    clock.advance(0)
    expect(answers).toEqual([])
    requests.committed(due(5n, 1, 1))
    clock.advance(0)
    const committed = [
      { topic: 'orders', partition: 0, offset: 4n },
      { topic: 'orders', partition: 1, offset: 5n }
    ]
    expect(answers).toEqual([['both', right(committed)]])
  })

  it('takes no earlier commit of the partition for the requested one', () => {
    const { clock, requests, answers, add } = trial()
    add('second', [due(3n, 2)])
    requests.committed(due(9n, 1))
    clock.advance(0)
    expect(answers).toEqual([])
  })

  it('answers in the order of the calls, and never within a call', () => {
    const { clock, requests, answers, add } = trial()
    add('first', [due(3n, 1)])
    add('nothing to wait for', [])
    add('refused', [due(3n, 2, 1)])
    requests.failed({ topic: 'orders', partition: 1 }, () => refused)
    clock.advance(0)
    expect(answers).toEqual([])
    requests.committed(due(3n, 1))
    expect(answers).toEqual([])
    clock.advance(0)
    expect(answers.map((answer) => (answer as readonly unknown[])[0])).toEqual([
      'first',
      'nothing to wait for',
      'refused'
    ])
  })

  it('fails only offsets that became due up to the refused one', () => {
    const { clock, requests, answers, add } = trial()
    add('before', [due(3n, 1)])
    add('after', [due(4n, 2)])
    requests.failed({ topic: 'orders', partition: 0 }, () => refused, 1)
    clock.advance(0)
    expect(answers).toEqual([['before', left(refused)]])
  })

  it('answers a call that takes too long, and all calls when it is closed', () => {
    const { clock, requests, answers, add } = trial()
    add('late', [due(3n, 1)], 500)
    add('open', [due(3n, 2, 1)], 5_000)
    clock.advance(500)
    requests.close()
    clock.advance(0)
    expect(answers).toEqual([
      ['late', left({ _tag: 'TimeoutFault', what: 'the commit', afterMs: 500 })],
      ['open', left({ _tag: 'ClosedFault', what: 'the consumer' })]
    ])
  })
})
