import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { FetchEffect, FetchingOptions } from '../../../../src/core/fetching/fetch-effects.js'
import type { FetchRequest, FetchResponse } from '../../../../src/core/fetching/fetch-messages.js'
import { FetchRequests, type FetchSelection } from '../../../../src/core/fetching/fetch-requests.js'
import {
  newPartitionFetchState,
  type PartitionFetchState
} from '../../../../src/core/fetching/partition-fetch-state.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import { fetchingOptions } from '../../../support/fetching-options.js'

const options: FetchingOptions = { ...fetchingOptions, clientRack: 'r' }

/** A partition with a share of 600 bytes. */
const partition = (number: number, minimumBytes = 0): PartitionFetchState => {
  const state = newPartitionFetchState({ topic: 't', partition: number })
  state.beginAt(1, 0n, -1)
  state.demands(600)
  state.enlarge(minimumBytes)
  return state
}
const served = (sessionId = 7): FetchResponse => ({ code: errorCode.NONE, sessionId, partitions: [] })

class Trial {
  readonly effects: FetchEffect[] = []
  readonly requests = new FetchRequests(options, (effect) => this.effects.push(effect))
  readonly broker = this.requests.broker(1)

  send(
    states: readonly PartitionFetchState[],
    more: Partial<FetchSelection> = {}
  ): { id: number; request: FetchRequest } {
    this.requests.send(this.broker, { states, room: null, isAll: true, ...more }, 0)
    const last = this.effects.at(-1)
    if (last?._tag !== 'fetch') throw new Error('nothing was sent')
    return last
  }
}

describe('FetchRequests', () => {
  it('asks for the shares of all, or for one batch where it is larger, up to fetch.max.bytes', () => {
    const { request } = new Trial().send([partition(0), partition(1, 900)])

    expect(request).toMatchObject({ maxBytes: 1_500, minBytes: 1, maxWaitMs: 500, rack: 'r' })
    expect(request.partitions.map(({ maxBytes }) => maxBytes)).toEqual([600, 900])
    const many = Array.from({ length: 20 }, (_, number) => partition(number))
    expect(new Trial().send(many).request.maxBytes).toBe(10_000)
  })

  it('gives each partition its maximum if there is room, and all together no more than that', () => {
    const { request } = new Trial().send([partition(0), partition(1)], { room: 700 })

    expect([request.maxBytes, ...request.partitions.map(({ maxBytes }) => maxBytes)]).toEqual([700, 1_000, 1_000])
    expect(new Trial().send([partition(0, 900)], { room: 700 }).request.maxBytes).toBe(900)
  })

  it('does not hold a connection for long while it leaves out partitions', () => {
    expect(new Trial().send([partition(0)], { isAll: false }).request.maxWaitMs).toBe(50)
  })

  it('asks for other partitions beside a long poll, outside of its session', () => {
    const trial = new Trial()
    const poll = trial.send([partition(0)])
    expect([trial.broker.nextKind, poll.request.session]).toEqual(['refill', { id: 0, epoch: 0 }])
    const refill = trial.send([partition(1)])

    expect([trial.broker.nextKind, refill.request.maxWaitMs]).toEqual([null, 50])
    expect(refill.request.session).toEqual({ id: 0, epoch: -1 })
  })

  it('has no long poll while the broker is known to have records', () => {
    const trial = new Trial()
    const state = partition(0)
    state.received({ nextOffset: 1n, leaderEpoch: -1, bytes: 0 } as never, { highWatermark: 9n } as never)
    trial.send([state])

    expect(trial.broker.nextKind).toBe(null)
  })

  it('goes on in its session, and names only what has changed', () => {
    const trial = new Trial()
    const states = [partition(0), partition(1)]
    trial.requests.answered(trial.send(states).id, right(served()))
    states[1]?.enlarge(800)
    const { request } = trial.send(states)

    expect(request.session).toEqual({ id: 7, epoch: 1 })
    expect(request.partitions.map((one) => one.partition)).toEqual([1])
  })

  it('begins another session after a request that failed, and after one that was refused', () => {
    const trial = new Trial()
    const fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' } as const
    trial.requests.answered(trial.send([partition(0)]).id, right(served()))
    expect(trial.requests.answered(trial.send([partition(0)]).id, left(fault))).toMatchObject({ result: left(fault) })
    expect(trial.send([partition(0)]).request.session.epoch).toBe(0)
  })

  it('says why the broker refuses a request', () => {
    const trial = new Trial()
    const answer = right({ ...served(), code: errorCode.UNKNOWN_SERVER_ERROR })

    expect(trial.requests.answered(trial.send([partition(0)]).id, answer)).toMatchObject({
      result: { left: { _tag: 'BrokerFault', api: 'Fetch', name: 'UNKNOWN_SERVER_ERROR' } }
    })
  })

  it('uses each answer once, and none to an abandoned request', () => {
    const trial = new Trial()
    const first = trial.send([partition(0)])
    trial.requests.answered(first.id, right(served()))
    const second = trial.send([partition(0)])
    trial.requests.giveUp(trial.broker)

    expect(trial.effects.at(-1)).toEqual({ _tag: 'abandon', id: second.id })
    expect([first, second].map(({ id }) => trial.requests.answered(id, right(served())))).toEqual([null, null])
    expect(trial.broker.nextKind).toBe('session')
  })

  it('ends its sessions at brokers that can be reached', () => {
    const trial = new Trial()
    expect(trial.requests.closingRequests()).toEqual([])
    trial.requests.answered(trial.send([partition(0)]).id, right(served()))

    expect(trial.requests.closingRequests()).toMatchObject([
      { node: 1, request: { session: { id: 7, epoch: -1 }, maxWaitMs: 0 } }
    ])
  })
})
