import { describe, expect, it } from 'vitest'
import {
  ack,
  atMostOnce,
  batch,
  commit,
  type Consumer,
  ConsumerError,
  delayUntil,
  deserialize,
  fanOut,
  filterRecords,
  handle,
  mapValue,
  produceTo,
  sink,
  utf8,
  writeTo
} from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { mergeMap, type OperatorFunction } from 'rxjs'
import { rig } from '../../support/rig.js'

type Untyped = OperatorFunction<unknown, unknown>
const any = (operator: unknown): Untyped => operator as Untyped
const into = memoryCluster({ topics: { copies: 1 } })

// prettier-ignore
const operators: Readonly<Record<string, Untyped>> = {
  ack: any(ack()), atMostOnce: any(atMostOnce()), batch: any(batch({ records: 2 })), commit: any(commit()),
  delayUntil: any(delayUntil(() => 0)), deserialize: any(deserialize({ value: utf8 })), fanOut: any(fanOut((records) => records)),
  filterRecords: any(filterRecords(() => true)), handle: any(handle(() => 1)), mapValue: any(mapValue(() => 1)),
  sink: any(sink({ write: () => undefined })), writeTo: any(writeTo(() => undefined))
}

/** The first error of what the consumer is piped through, in a program without types. */
const errorOf = (through: (orders: Consumer) => { subscribe(observer: object): unknown }): unknown => {
  const { clock, orders } = rig(1, {}, 2)
  let failed: unknown
  through(orders).subscribe({ error: (error: unknown) => (failed = error) })
  clock.advance(1_000)
  return failed
}

describe.each(Object.entries(operators))('%s', (_name, operator) => {
  it('directly on a consumer is an error of the pipeline, which says what to do', () => {
    const failed = errorOf((orders) => orders.pipe(operator))
    expect(failed).toBeInstanceOf(ConsumerError)
    expect(String(failed)).toContain('put the operators into eachPartition((partition) => partition.pipe(…))')
  })

  it('of bare values is an error of the pipeline, which says what to do', () => {
    const failed = errorOf((orders) =>
      orders.pipe(
        mergeMap((partition) =>
          partition.pipe(
            mergeMap(({ offset }) => [offset]),
            operator
          )
        )
      )
    )
    expect(String(failed)).toContain('use mapValue() for map(), batch() for bufferTime()')
  })
})

it('a wrong property of produceTo is refused where it is called', () => {
  const properties = { linger: 5 } as never
  expect(() => produceTo(into, { topic: 'copies', properties })).toThrow('linger is not known, did you mean linger.ms?')
  expect(() => produceTo(into, { topic: 'copies', properties: 5 as never })).toThrow('properties is 5')
})
