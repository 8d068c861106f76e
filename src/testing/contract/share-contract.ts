import { filter, firstValueFrom, map, retry } from 'rxjs'
import { utf8 } from '../../codecs/utf8.js'
import { ack } from '../../operators/ack.js'
import { batch } from '../../operators/batch.js'
import { deserialize } from '../../operators/deserialize.js'
import { exponential } from '../../operators/exponential.js'
import { fanOut } from '../../operators/fan-out.js'
import { handle } from '../../operators/handle.js'
import { writeTo } from '../../operators/write-to.js'
import { deadLetter } from '../../sinks/dead-letter.js'
import { failingCodec } from '../failing-codec.js'
import { includes, same, until } from './checks.js'
import type { ContractCase } from './contract-case.js'
import { createTopic } from './contract-members.js'
import { eventOf, next, shared, text, numberedValues } from './share-members.js'

/** Collects the errors of a pipeline. */
const failing = (errors: unknown[]) => ({
  error: (error: unknown) => {
    errors.push(error)
  }
})

/** Waits until the condition holds, or a pipeline has failed. */
const untilOr = async (errors: readonly unknown[], condition: () => boolean, what: string): Promise<void> => {
  await until(() => errors.length > 0 || condition(), what)
  for (const error of errors) throw error
}

/** What share groups have to do. */
export const shareContract: readonly ContractCase[] = [
  shared(
    'two members share a partition: each record is handled once, and no accepted one comes again',
    async (trial) => {
      await trial.begin(...numberedValues(200))
      const seen: string[] = []
      const errors: unknown[] = []
      const members = [trial.member({ maxInFlight: 20 }), trial.member({ maxInFlight: 20 })]
      for (const member of members) {
        const works = member.pipe(
          text,
          writeTo(({ value }) => seen.push(value), { order: 'none' })
        )
        works.pipe(ack()).subscribe(failing(errors))
      }
      await untilOr(errors, () => seen.length >= 200, 'all records are handled')
      const reports = await Promise.all(members.map((member) => member.drain()))
      same(
        reports.map(({ outcome }) => outcome),
        ['drained', 'drained']
      )
      same([...seen].sort(), [...numberedValues(200)].sort())
      await trial.write('last')
      const [first] = await next(1, trial.member().pipe(text, ack()))
      same([first?.value, first?.deliveryCount], ['last', 1])
    }
  ),
  shared('a released record comes again with a higher delivery count, a rejected one does not', async (trial) => {
    await trial.begin('a', 'b', 'c')
    const seen: string[] = []
    const errors: unknown[] = []
    const member = trial.member()
    const [released, rejected] = [eventOf(member, 'released'), eventOf(member, 'rejected')]
    member
      .pipe(
        text,
        handle(
          ({ value, deliveryCount }) => {
            seen.push(`${value}${String(deliveryCount)}`)
            if (value === 'b' && deliveryCount === 1) throw new Error('not yet')
          },
          { onFailure: 'release' }
        ),
        handle(
          (record) => {
            if (record.source.offset === 2n) throw new Error('never')
          },
          { onFailure: 'reject' }
        ),
        ack()
      )
      .subscribe(failing(errors))
    await untilOr(errors, () => seen.includes('b2'), 'the released record comes again')
    includes([await released, await rejected], [{ offset: 1n }, { offset: 2n }])
    same((await member.drain()).outcome, 'drained')
    same(seen, ['a1', 'b1', 'c1', 'b2'])
    includes(member.status(), { accepted: 2, rejected: 1 })
  }),
  shared('a record is delivered as often as the group allows, and then given up', async (trial) => {
    await trial.begin('poison')
    const counts: (number | null)[] = []
    const errors: unknown[] = []
    let isOver = false
    const work = ({
      value,
      deliveryCount
    }: {
      readonly value: string
      readonly deliveryCount: number | null
    }): void => {
      if (value === 'good') isOver = true
      if (value === 'good') return
      counts.push(deliveryCount)
      if (deliveryCount === 5) void trial.write('good')
      throw new Error('poison')
    }
    const member = trial.member()
    member
      .pipe(
        text,
        handle(
          (record) => {
            work(record)
          },
          { onFailure: 'release' }
        ),
        ack()
      )
      .subscribe(failing(errors))
    await untilOr(errors, () => isOver, 'the next record comes')
    same(counts, [1, 2, 3, 4, 5])
  }),
  shared(
    'a pipeline that fails releases what is in flight, and gets it again when it is subscribed to anew',
    async (trial) => {
      await trial.begin(...numberedValues(5))
      const records = trial.member().pipe(
        text,
        handle(({ value, deliveryCount }) => {
          if (value === 'v2' && deliveryCount === 1) throw new Error('once')
          return `${value}${String(deliveryCount)}`
        }),
        ack(),
        retry(1),
        map(({ value }) => value)
      )
      same(await next(5, records), ['v01', 'v11', 'v22', 'v32', 'v42'])
    }
  ),
  shared('what is in flight when a member is unsubscribed from goes to another at once', async (trial) => {
    await trial.begin(...numberedValues(3))
    await next(3, trial.member())
    const again = await next(3, trial.member().pipe(text, ack()))
    same(
      again.map(({ value, deliveryCount }) => [value, deliveryCount]),
      numberedValues(3).map((value) => [value, 2])
    )
  }),
  shared(
    'a drain waits for handlers until its deadline, releases the rest, and says what became of each record',
    async (trial) => {
      await trial.begin(...numberedValues(4))
      const member = trial.member()
      let isAborted = false
      const hangs = (signal: AbortSignal): Promise<void> =>
        new Promise<void>(() => {
          signal.addEventListener('abort', () => {
            isAborted = true
          })
        })
      member
        .pipe(
          text,
          handle(({ value }, { signal }) => (value === 'v3' ? hangs(signal) : undefined), {
            order: 'none',
            concurrency: 4
          }),
          ack()
        )
        .subscribe()
      await firstValueFrom(member.acknowledgements)
      const { outcome, partitions } = await member.drain({ timeoutMs: 200 })
      same([outcome, isAborted], ['deadline', true])
      includes(partitions, [{ topic: trial.topic, partition: 0, released: 1, lost: 0 }])
      same(partitions[0]?.fates.at(-1), { first: 3n, last: 3n, fate: 'release' })
      const [again] = await next(1, trial.member().pipe(text, ack()))
      same([again?.value, again?.deliveryCount], ['v3', 2])
    }
  ),
  shared(
    'a record that cannot be decoded, or handled, goes to the dead letters, and is accepted then',
    async (trial) => {
      const topic = `${trial.topic}.dlq`
      await createTopic(trial.cluster, topic, 1)
      await trial.begin('a', 'b', 'c')
      const onFailure = deadLetter(trial.cluster, { topic })
      const member = trial.member()
      const attempts: string[] = []
      const letters = next(2, member.events.pipe(filter(({ _tag }) => _tag === 'dead lettered')))
      member
        .pipe(
          deserialize({ value: failingCodec(utf8, ['b']) }, { onFailure }),
          handle(
            ({ value }) => {
              attempts.push(value)
              if (value === 'c') throw new Error('no')
            },
            {
              onFailure,
              retry: { attempts: 3, backoff: exponential({ initialMs: 1, maxMs: 2 }) }
            }
          ),
          ack()
        )
        .subscribe()
      includes(await letters, [{ offset: 1n }, { offset: 2n }])
      same((await member.drain()).outcome, 'drained')
      same([attempts, member.status().accepted], [['a', 'c', 'c', 'c'], 3])
    }
  ),
  shared('batches are accepted as a whole, and leave when nothing more can be acquired', async (trial) => {
    await trial.begin(...numberedValues(10))
    const member = trial.member({ maxInFlight: 10, 'max.poll.records': 10 })
    const sizes = await next(1, member.pipe(text, batch({ records: 1_000 }), ack()))
    same(
      sizes.map(({ value }) => value.length),
      [10]
    )
    await trial.write('last')
    const [first] = await next(1, trial.member().pipe(text, ack()))
    same(first?.value, 'last')
  }),
  shared(
    'each branch of a fan-out gets a record, which is accepted when all have it, and not if one rejects it',
    async (trial) => {
      await trial.begin('a', 'b')
      const member = trial.member()
      const seen: string[] = []
      const rejected = eventOf(member, 'rejected')
      member
        .pipe(
          text,
          fanOut(
            (records) => records.pipe(writeTo(({ value }) => seen.push(value))),
            (records) =>
              records.pipe(
                handle(
                  ({ value }) => {
                    if (value === 'b') throw new Error('no')
                  },
                  { onFailure: 'reject' }
                )
              )
          ),
          ack()
        )
        .subscribe()
      await rejected
      same((await member.drain()).outcome, 'drained')
      const status = member.status()
      same([seen, status.accepted, status.rejected], [['a', 'b'], 1, 1])
    }
  )
]
