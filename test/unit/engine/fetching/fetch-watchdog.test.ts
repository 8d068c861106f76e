import { isRight, right } from 'fp-ts/lib/Either.js'
import { map, NEVER, Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { assign } from '../../../../src/config/assign.js'
import type { Cancel } from '../../../../src/model/clock.js'
import type { ConsumerEvent } from '../../../../src/model/consumer-event.js'
import type { FetchedRecords } from '../../../../src/ports/consumer-session.js'
import { plainRecord } from '../../../support/record-runs.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place = { topic: 't', partition: 0 }

/** Its turns come only when it is not blocked, as if the event loop were. */
class BlockableClock extends VirtualClock {
  private held: (() => void)[] | null = null

  block(): void {
    this.held = []
  }
  unblock(): void {
    const held = this.held ?? []
    this.held = null
    for (const run of held) run()
  }
  override turn(run: () => void): Cancel {
    const { held } = this
    if (held === null) return super.turn(run)
    held.push(run)
    return () => held.splice(held.indexOf(run), 1)
  }
}

/** A session that reads one partition, and may be made deaf: then its fetches are never answered. */
const reading = (): {
  readonly clock: BlockableClock
  readonly model: BrokerModel
  readonly events: ConsumerEvent[]
  readonly records: FetchedRecords[]
  readonly deafen: (deaf: boolean) => void
  /** from now on answers come in a session that never names the partition */
  readonly passOver: (passOver: boolean) => void
  /** from now on answers are kept until the result is called */
  readonly keepAnswers: () => () => void
} => {
  const clock = new BlockableClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 1)
  const events: ConsumerEvent[] = []
  const records: FetchedRecords[] = []
  const calls = memoryCalls(model)
  let deaf = false
  let passedOver = false
  let kept: (() => void)[] | null = null
  const session = sessionOn(
    {
      ...calls,
      fetch: (node, request) => {
        if (deaf) return NEVER
        const answer = calls.fetch(node, request)
        const arrived = kept
        if (arrived !== null)
          return new Observable((subscriber) =>
            answer.subscribe((given) => {
              arrived.push(() => {
                subscriber.next(given)
                subscriber.complete()
              })
            })
          )
        return passedOver
          ? answer.pipe(map((given) => (isRight(given) ? right({ ...given.right, partitions: [] }) : given)))
          : answer
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
      records: (fetched) => records.push(fetched),
      event: (event) => events.push(event)
    }
  )
  return {
    clock,
    model,
    events,
    records,
    deafen: (now) => {
      deaf = now
    },
    passOver: (now) => {
      passedOver = now
    },
    keepAnswers: () => {
      const arrived: (() => void)[] = []
      kept = arrived
      return () => {
        kept = null
        for (const give of arrived.splice(0)) give()
      }
    }
  }
}

describe('a partition without answers, for no known reason', () => {
  it('is reported after the session timeout and ten seconds, and requested anew', () => {
    const { clock, model, events, records, deafen } = reading()
    clock.advance(1_000)
    deafen(true)
    clock.advance(30_000)
    // A request is given its own time first.
    expect(events).toEqual([])
    deafen(false)
    clock.advance(30_000)
    expect(events).toMatchObject([{ _tag: 'silent', ...place }])
    model.append(place, [plainRecord('x')])
    clock.advance(1_000)
    expect(records.at(-1)?.run.nextOffset).toBe(1n)
  })

  it('is also one that is requested and that no answer has ever named', () => {
    const { clock, model, events, records, passOver } = reading()
    passOver(true)
    clock.advance(30_000)
    expect(events).toMatchObject([{ _tag: 'silent', ...place }])
    passOver(false)
    model.append(place, [plainRecord('x')])
    clock.advance(60_000)
    expect(records.at(-1)?.run.nextOffset).toBe(1n)
  })

  it('is reported again as long as it lasts', () => {
    const { clock, events, deafen } = reading()
    clock.advance(1_000)
    deafen(true)
    clock.advance(300_000)
    expect(events.length).toBeGreaterThan(3)
    expect(events.every(({ _tag }) => _tag === 'silent')).toBe(true)
  })

  it('is not one whose answer has arrived while something blocked the event loop', () => {
    const { clock, events, keepAnswers } = reading()
    clock.advance(1_000)
    const give = keepAnswers()
    clock.advance(1_000)
    clock.block()
    clock.advance(60_000)
    give()
    clock.unblock()
    clock.advance(10_000)
    expect(events).toEqual([])
  })

  it('is not one whose fetches are all answered, though there is nothing to read', () => {
    const { clock, events } = reading()
    clock.advance(300_000)
    expect(events).toEqual([])
  })
})
