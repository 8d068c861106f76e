import { NEVER } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  batch,
  commit,
  eachPartition,
  handle,
  sink,
  type ConsumerRecord,
  type HandleOptions,
  type HandlerContext
} from '../../../src/index.js'
import { rig } from '../../support/rig.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const limits: readonly HandleOptions<ConsumerRecord>[] = [{}, { timeoutMs: 60_000 }]

describe.each(limits)('the signal of a handler with %o', (limit) => {
  const pipelineOf = (
    options: HandleOptions<ConsumerRecord>,
    fn: (record: ConsumerRecord, context: HandlerContext) => unknown
  ): ReturnType<typeof rig> => {
    const made = rig(1, {}, 40)
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(fn, { ...limit, ...options }), commit({ every: 1 }))))
      .subscribe()
    return made
  }

  it('does not abort for a record that was handled before', async () => {
    const aborted: bigint[] = []
    const noting = ({ offset }: ConsumerRecord, { signal }: HandlerContext): unknown => {
      signal.addEventListener('abort', () => aborted.push(offset))
      return offset === 39n ? NEVER : offset % 2n === 0n ? undefined : Promise.resolve()
    }
    const made = pipelineOf({}, noting)
    for (let turns = 0; turns < 50; turns++) {
      made.clock.advance(10)
      await Promise.resolve()
    }
    made.clock.advance(100)
    expect(made.committed()).toEqual([39n])
    void made.orders.close()
    expect(aborted).toEqual([39n])
  })

  it('is its own, and aborts with the others of the partition', () => {
    const signals: AbortSignal[] = []
    const made = pipelineOf({ concurrency: 32, order: 'none' }, (_record, { signal }) => {
      signals.push(signal)
      return NEVER
    })
    made.clock.advance(100)
    expect(new Set(signals).size).toBe(32)
    void made.orders.close()
    expect(signals.filter(({ aborted }) => aborted)).toHaveLength(32)
  })

  it('causes no warning of too many listeners, however many run at once', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const made = pipelineOf({ concurrency: 32, order: 'none' }, (_record, { signal }) => {
      signal.addEventListener('abort', () => undefined)
      return NEVER
    })
    made.clock.advance(100)
    void made.orders.close()
    expect(warned).not.toHaveBeenCalled()
  })
})

it('the signal of a sink’s call does not abort for a batch that was written before', () => {
  const made = rig(1, {}, 4)
  const aborted: number[] = []
  const noting = sink<ConsumerRecord>({
    write: (records, { signal }) => {
      signal.addEventListener('abort', () => aborted.push(records.length))
    }
  })
  made.orders.pipe(eachPartition((p) => p.pipe(noting, batch({ records: 1 }), commit({ every: 1 })))).subscribe()
  made.clock.advance(100)
  expect(made.committed()).toEqual([4n])
  void made.orders.close()
  expect(aborted).toEqual([])
})
