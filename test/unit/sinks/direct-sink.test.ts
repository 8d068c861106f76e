import { EMPTY, of, Subject, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ConsumerRecord } from '../../../src/index.js'
import type { AckTarget } from '../../../src/model/acknowledgement.js'
import type { ProducerSession } from '../../../src/ports/producer-session.js'
import { directSink } from '../../../src/sinks/direct-sink.js'
import { testRecord } from '../../../src/testing.js'

/** What is done to each record's acknowledgement, as a balance: holds less releases, attempts begun less ended. */
const balances = (): { readonly acks: AckTarget; readonly held: number[]; readonly running: number[] } => {
  const held: number[] = []
  const running: number[] = []
  const add = (to: number[], seq: number, by: number): void => {
    to[seq] = (to[seq] ?? 0) + by
  }
  const acks: AckTarget = {
    settle: () => undefined,
    refuse: () => false,
    hold: (seq) => {
      add(held, seq, 1)
    },
    release: (seq) => {
      add(held, seq, -1)
    },
    park: () => undefined,
    attempt: (seq, begins) => {
      add(running, seq, begins ? 1 : -1)
    },
    pass: () => undefined,
    visit: () => undefined,
    originOf: () => null,
    isStale: () => false
  }
  return { acks, held, running }
}

describe('what a sink has under way', () => {
  it.each([
    ['one by one', [0, 1, 2, 3]],
    ['in another order', [2, 0, 3, 1]],
    ['from the end', [3, 2, 1, 0]]
  ])('is let go of once, confirmed %s, with an unsubscription by whoever gets the second', (_name, order) => {
    const { acks, held, running } = balances()
    const confirm: (() => void)[] = []
    const session: ProducerSession = {
      send: (_record, callbacks, index) => {
        confirm.push(() => {
          callbacks.written(index, 'copy', 0, 0n)
        })
      },
      events: EMPTY,
      status: () => expect.fail('nobody asks'),
      flush: () => of(),
      close: () => undefined
    }
    const records = new Subject<ConsumerRecord>()
    let ended = false
    const seen: unknown[] = []
    records
      .pipe(
        directSink(session, 'copy', () => [{ value: 'x' }]),
        take(2)
      )
      .subscribe({
        next: (record) => seen.push(record),
        complete: () => (ended = true)
      })
    for (let seq = 0; seq < 4; seq++) records.next(testRecord().withTarget(acks, seq))
    expect(held).toEqual([1, 1, 1, 1])
    expect(running).toEqual([1, 1, 1, 1])
    for (const which of order) confirm[which]?.()
    expect(seen).toHaveLength(2)
    expect(ended).toBe(true)
    expect(held).toEqual([0, 0, 0, 0])
    expect(running).toEqual([0, 0, 0, 0])
  })
})
