import { right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { assign } from '../../../../src/config/assign.js'
import { corruptRetries } from '../../../../src/core/fetching/fetch-verdict.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'
import { plainRecord } from '../../../support/record-runs.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place = { topic: 't', partition: 0 }

/** A partition whose broker says so often that its log is corrupt. */
const corruptFor = (times: number): { readonly asked: number; readonly read: number; readonly refused: Fault[] } => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 1)
  model.append(place, [plainRecord('x')])
  const calls = memoryCalls(model)
  const refused: Fault[] = []
  let asked = 0
  let read = 0
  const session = sessionOn(
    {
      ...calls,
      fetch: (node, request) => {
        const isCorrupt = ++asked <= times
        return calls.fetch(node, request).pipe(
          map((answer) =>
            answer._tag === 'Left' || !isCorrupt
              ? answer
              : right({
                  ...answer.right,
                  partitions: answer.right.partitions.map((one) => ({
                    ...one,
                    code: errorCode.CORRUPT_MESSAGE,
                    records: null
                  }))
                })
          )
        )
      }
    },
    clock,
    { subscription: assign([{ ...place, from: 'beginning' }]) },
    {
      assigned: () => {
        clock.turn(() => {
          session.fetchFrom(place, 1, 0n, -1)
          session.demand(place, 1_000_000)
        })
      },
      records: () => read++,
      refused: (_partition, _cursor, fault) => refused.push(fault)
    }
  )
  clock.advance(5_000)
  return { asked, read, refused }
}

describe('a log that its broker calls corrupt', () => {
  it('is read further if the broker answers normally in time', () => {
    expect(corruptFor(corruptRetries)).toMatchObject({ read: 1, refused: [] })
  })

  it('is a fault after the last retry, and not requested any more', () => {
    expect(corruptFor(Infinity)).toMatchObject({
      asked: corruptRetries + 1,
      read: 0,
      refused: [{ _tag: 'CorruptBatchFault', ...place, offset: 0n }]
    })
  })
})
