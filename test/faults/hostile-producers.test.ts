import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { attacked, configuredBytes, goodRecords } from '../support/hostile/attacked.js'
import { type Attack, attacks, mark } from '../support/hostile/attacks.js'

const mebibyte = 2 ** 20
const fetchKey = 1
const heartbeatKey = 12

/** Changes the batches in an answer that are marked. */
const lieAbout = (marked: Uint8Array, lie: NonNullable<Attack['lie']>) => {
  const before = Buffer.from(marked).indexOf(mark)
  return (apiKey: number, answer: Buffer): void => {
    if (apiKey !== fetchKey) return
    for (let found = answer.indexOf(mark); found >= 0; found = answer.indexOf(mark, found + 1))
      lie(answer.subarray(found - before, found - before + marked.length))
  }
}

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a member that reads what an attacker wrote, in a process of its own',
  () => {
    let own: RunningKafka
    let proxy: FaultProxy
    let heartbeats: number[] = []
    let lie: (key: number, answer: Buffer) => void
    beforeAll(async () => {
      proxy = await faultProxy({
        target: () => Number(own.brokers.split(':')[1]),
        onRequest: (key) => {
          if (key === heartbeatKey) heartbeats.push(performance.now())
        },
        lie: (key, answer) => lie(key, answer)
      })
      own = await startKafka({ properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(proxy.port)}` } })
    })
    afterAll(async () => {
      await proxy.stop()
      await own.stop()
    })

    it.each(Object.entries<Attack>(attacks))(
      'keeps its memory, its heartbeats and the other partition: %s',
      async (_name, attack) => {
        heartbeats = []
        lie = attack.lie === undefined ? () => undefined : lieAbout(attack.batches(1)[0] ?? Buffer.alloc(0), attack.lie)
        const state = await attacked(`127.0.0.1:${String(proxy.port)}`, attack, 20)
        expect([state.rebalances, state.handled[1], state.good?.committed]).toEqual([
          ['assigned'],
          2 * goodRecords,
          String(2 * goodRecords)
        ])
        expect(state.attacked?.standing).toBe(attack.lie === undefined ? 'no data' : 'unreadable')
        expect(state.moreBytes).toBeLessThan(configuredBytes + 128 * mebibyte)
        // Of a session of ten seconds.
        const gaps = heartbeats.slice(1).map((beat, index) => beat - (heartbeats[index] ?? beat))
        expect(Math.max(0, ...gaps)).toBeLessThan(5_000)
      }
    )
  }
)
