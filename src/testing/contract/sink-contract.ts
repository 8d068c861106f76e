import { settle } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { testPartition } from '../test-partition.js'
import { collect, same, until } from './checks.js'
import { ContractError } from './contract-case.js'

import {
  check,
  deliver,
  ended,
  numbered,
  offsetsOf,
  opened,
  sameValues,
  type SinkCase,
  type SinkUnderTest,
  trial
} from './sink-trial.js'

/**
 * What every sink has to do, as data: for authors of a sink, with or without `sink`. Each case takes a function that returns
 * the sink with an empty store. Cases run in real time, and none depends on its length.
 *
 * `needs` says what a case requires of the store: leave out those that yours cannot offer.
 *
 * @example
 * it.each(sinkContract)('$name', ({ run }) => run(() => ({
 * operator: ({ onFailure }) => toMyStore(store, { onFailure }),
 * written: () => store.values(),
 * badValue: 'too long for the column',
 * failNext: (times) => store.refuse(times)
 * })))
 */
export const sinkContract: readonly SinkCase[] = [
  {
    name: 'a record is in the store before it is passed on',
    needs: 'nothing',
    run: async (open) => {
      const sink = await opened(open)
      const partition = testPartition()
      // Read within the call that passes the record on.
      const asked: { readonly value: string; readonly written: readonly string[] | Promise<readonly string[]> }[] = []
      const subscription = partition.stream.pipe(sink.operator({ onFailure: 'fail' })).subscribe(({ offset }) => {
        asked.push({ value: `value ${String(offset)}`, written: sink.written() })
      })
      try {
        deliver(partition, ...numbered(0, 10))
        await until(() => asked.length === 10, 'all records are passed on')
        for (const { value, written } of asked)
          check((await written).includes(value), `${value} was passed on before it was in the store`)
      } finally {
        subscription.unsubscribe()
        await sink.close?.()
      }
    }
  },
  {
    name: 'it passes on what came in, acknowledged by whoever comes behind it, and by nothing before',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      const { partition, collected } = one
      deliver(partition, ...numbered(0, 5))
      await until(() => collected.values.length === 5, 'all records are passed on')
      same(partition.acked, [])
      for (const record of collected.values) settle(record)
      same(partition.acked, [0n, 1n, 2n, 3n, 4n])
    })
  },
  {
    name: 'each record is written once and passed on once, in order',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      const { sink, partition } = one
      for (let burst = 0; burst < 12; burst++) {
        deliver(partition, ...numbered(burst * 100, burst * 100 + 100))
        if (burst % 3 === 2) await until(() => one.passed.length > burst * 50, 'half of them are passed on')
      }
      partition.drain()
      await ended(one)
      await sameValues(sink, numbered(0, 1_200))
      same(one.passed, offsetsOf(0, 1_200))
    })
  },
  {
    name: 'a record keeps its credit until it is passed on, and no longer',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      const { partition, collected } = one
      deliver(partition, ...numbered(0, 30))
      const out = new Set([...partition.held.map(Number), ...one.passed])
      check(out.size === 30, `of 30 records ${String(30 - out.size)} were neither held nor passed on`)
      await until(() => collected.values.length === 30, 'all records are passed on')
      await until(() => partition.held.length === 0, 'what was passed on is let go of')
    })
  },
  {
    name: 'it completes when its source has and everything is written',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 10))
      one.partition.drain()
      await ended(one)
      same(one.passed, offsetsOf(0, 10))
      await sameValues(one.sink, numbered(0, 10))
      same(one.partition.held, [])
    })
  },
  {
    name: 'it completes with a source that gives nothing',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      one.partition.drain()
      await ended(one)
      same(one.passed, [])
    })
  },
  {
    name: 'it errors with its source, and lets go of what it holds',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 3))
      const gone = new Error('the source is gone')
      one.partition.fail(gone)
      same((await one.collected.ended) === gone, true)
      same(one.partition.held, [])
    })
  },
  {
    name: 'what it collects goes when it is asked for it, full or not',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 3))
      one.partition.flush()
      await until(() => one.passed.length === 3, 'what was collected is passed on')
    })
  },
  {
    name: 'unsubscribed, it lets go of everything and emits nothing more',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 20))
      one.collected.subscription.unsubscribe()
      const { length } = one.passed
      same(one.partition.held, [])
      // When the store has answered another write, none is in flight any more.
      const next = testPartition({ partition: 1 })
      const behind = collect(next.stream.pipe(one.sink.operator({ onFailure: 'fail' })))
      deliver(next, 'after')
      next.drain()
      await behind.ended
      same(one.passed.length, length)
    })
  },
  {
    name: 'nothing of a partition that was lost is passed on',
    needs: 'nothing',
    run: trial('fail', async (one) => {
      deliver(one.partition, ...numbered(0, 20))
      one.partition.lose()
      const { length } = one.passed
      await one.collected.ended
      same(one.passed.length, length)
      same(one.partition.acked, [])
    })
  },
  {
    name: 'what failed and may succeed is written again, and nothing is lost or passed on twice',
    needs: 'failNext',
    run: trial('fail', async (one) => {
      one.sink.failNext?.(2)
      deliver(one.partition, ...numbered(0, 50))
      one.partition.drain()
      await ended(one)
      same(one.passed, offsetsOf(0, 50))
      await sameValues(one.sink, numbered(0, 50))
      same(one.partition.held, [])
    })
  },
  ...([0, 17, 49] as const).map((at): SinkCase => ({
    name: `of 50 records the one that the store never takes (number ${String(at)}) goes to the dead letters alone; the others are written once`,
    needs: 'badValue',
    run: trial('dead letters', async (one) => {
      const { sink, partition, letters } = one
      const values = numbered(0, 50).map((value, index) => (index === at ? badOf(sink) : value))
      deliver(partition, ...values)
      partition.drain()
      await ended(one)
      same(
        letters.map(({ record }) => Number(record.offset)),
        [at]
      )
      same(
        one.passed,
        offsetsOf(0, 50).filter((offset) => offset !== at)
      )
      same(partition.acked.map(Number), [at])
      await sameValues(
        sink,
        values.filter((_, index) => index !== at)
      )
      same(partition.held, [])
    })
  })),
  {
    name: 'under `fail` it errors with a ConsumerError for what the store never takes, and passes on nothing from there on',
    needs: 'badValue',
    run: trial('fail', async (one) => {
      const values = numbered(0, 20).map((value, index) => (index === 11 ? badOf(one.sink) : value))
      deliver(one.partition, ...values)
      one.partition.drain()
      const how = await one.collected.ended
      check(how instanceof ConsumerError, `it ended with ${String(how)}`)
      check(
        one.passed.every((offset) => offset < 11),
        `it passed on ${String(one.passed)}`
      )
      same(one.partition.acked, [])
      same(one.partition.held, [])
    })
  }
]

const badOf = ({ badValue }: SinkUnderTest): string => {
  if (badValue === undefined) throw new ContractError('this case needs a badValue')
  return badValue
}
