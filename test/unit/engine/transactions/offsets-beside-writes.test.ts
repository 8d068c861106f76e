import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { OffsetsBesideWrites } from '../../../../src/engine/transactions/offsets-beside-writes.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { Step } from '../../../../src/ports/step.js'
import { Transacting } from '../../../support/transacting.js'

const done: Either<Fault, void> = right(undefined)
const refused: Fault = { _tag: 'UsageFault', reason: 'refused' }

/** A step that a test answers, and whether it has begun. */
const pending = () => {
  const answers = new Subject<typeof done>()
  let begun = false
  const step: Step<void> = new Observable((subscriber) => {
    begun = true
    return answers.subscribe(subscriber)
  })
  const answer = (given: typeof done): void => {
    answers.next(given)
    answers.complete()
  }
  return { step, answer, hasBegun: () => begun }
}

const world = () => {
  let gone = 0
  const order = new OffsetsBesideWrites(() => gone++)
  const [prepared, written, commit] = [pending(), pending(), pending()]
  const outcomes: unknown[] = []
  const run = (): void => {
    order.commitOffsets(prepared.step, written.step, commit.step).subscribe((answer) => outcomes.push(answer))
  }
  const begun = (): readonly boolean[] => [prepared, written, commit].map(({ hasBegun }) => hasBegun())
  return { order, prepared, written, commit, outcomes, run, begun, gone: () => gone }
}

describe('the offsets of a transaction', () => {
  it('are committed before its records as long as none was written, and hold them back meanwhile', () => {
    const on = world()
    on.run()
    expect([on.begun(), on.order.admits()]).toEqual([[true, false, false], false])
    on.prepared.answer(done)
    expect([on.begun(), on.order.admits(), on.gone()]).toEqual([[true, false, true], false, 0])
    on.commit.answer(done)
    expect([on.outcomes, on.order.admits(), on.gone()]).toEqual([[done], true, 1])
  })

  it('of several groups hold records back until all are committed', () => {
    const on = world()
    const other = pending()
    on.run()
    on.prepared.answer(done)
    on.order.commitOffsets(other.step, other.step, other.step).subscribe()
    on.commit.answer(done)
    expect([on.order.admits(), on.gone()]).toEqual([false, 0])
    other.answer(left(refused))
    expect([on.order.admits(), on.gone()]).toEqual([true, 0])
  })

  it('are committed once the records under way are written', () => {
    const on = world()
    expect(on.order.admits()).toBe(true)
    on.run()
    expect([on.begun(), on.order.admits()]).toEqual([[true, true, false], true])
    on.prepared.answer(done)
    expect(on.begun()).toEqual([true, true, false])
    on.written.answer(done)
    expect(on.begun()).toEqual([true, true, true])
    on.commit.answer(done)
    expect([on.outcomes, on.gone()]).toEqual([[done], 0])
  })

  it('are not committed after a record that failed', () => {
    const on = world()
    on.order.admits()
    on.run()
    on.prepared.answer(done)
    on.written.answer(left(refused))
    expect([on.begun(), on.outcomes]).toEqual([[true, true, false], [left(refused)]])
  })

  it('release no record if they are refused: the transaction can only be aborted', () => {
    const on = world()
    on.run()
    on.prepared.answer(done)
    on.commit.answer(left(refused))
    expect([on.outcomes, on.gone()]).toEqual([[left(refused)], 0])
  })

  it.each([1, 2] as const)('and its records are never under way together, by version %i', (version) => {
    const on = new Transacting({ version, produceMs: 50 })
    const one = on.session()
    on.take(one.begin())
    on.send(one, 'a')
    expect(on.take(on.offsets(one, 1n))).toBe('done')
    on.send(one, 'b')
    // Past the linger, so that it is sent; not past its answer.
    on.clock.advance(10)
    const second = on.begin(on.offsets(one, 2n))
    on.clock.advance(30)
    expect(on.sent.filter((api) => api === 'txnOffsetCommit')).toHaveLength(1)
    on.clock.advance(100)
    expect(second()).toBe('done')
    expect(on.take(one.commit())).toBe('done')
    const order = on.sent.filter((api) => api === 'produce' || api === 'txnOffsetCommit')
    expect(order).toEqual(['txnOffsetCommit', 'produce', 'produce', 'txnOffsetCommit'])
    expect([on.visible(), on.stored()]).toEqual([['a', 'b'], 2n])
  })
})
