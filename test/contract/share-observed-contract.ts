import { filter, firstValueFrom, scan } from 'rxjs'
import { expect } from 'vitest'
import { ack, deserialize, handle, logTo, run, utf8 } from '../../src/index.js'
import { health, healthHandler, metrics } from '../../src/metrics.js'
import type { ShareRule } from './share-contract.js'

/** What is seen of a share consumer from outside, on the embedded cluster and on real Kafka. */
export const shareObservedRules: readonly ShareRule[] = [
  {
    name: 'a share consumer has a status, health, metrics and log lines',
    run: async (trial) => {
      const { topic } = trial
      await trial.begin(1)
      const jobs = trial.member({ maxInFlight: 3 })
      const lines: string[] = []
      const say = (level: string) => (text: string) => lines.push(`${level} ${text}`)
      const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
      const logs = logTo(jobs, logger, { level: 'debug' })
      const measured = metrics({ consumers: [jobs] })
      expect(health([jobs])).toEqual({ live: true, ready: false, reasons: [`share consumer ${topic} is idle`] })

      const waiting: (() => void)[] = []
      const acknowledged = firstValueFrom(
        jobs.acknowledgements.pipe(
          scan((sum, { accepted, rejected }) => sum + accepted + rejected, 0),
          filter((sum) => sum === 3)
        )
      )
      const taken = new Promise<void>((three) => {
        jobs
          .pipe(
            deserialize({ value: utf8 }),
            handle(
              ({ value }) =>
                new Promise<void>((done, failed) => {
                  waiting.push(() => {
                    if (value === 'bad') failed(new Error('never'))
                    else done()
                  })
                  if (waiting.length === 3) three()
                }),
              { concurrency: 3, order: 'none', onFailure: 'reject' }
            ),
            ack()
          )
          .subscribe()
      })
      await trial.write('a', 'bad', 'c')
      await taken
      const full = jobs.status()
      expect(full).toMatchObject({ phase: 'running', inFlight: 3, delivered: 3, accepted: 0, fault: null })
      expect(full.oldest).toMatchObject({ topic, partition: 0, offset: '0' })
      expect(JSON.parse(JSON.stringify(full))).toEqual(full)
      expect(health([jobs])).toEqual({ live: true, ready: true, reasons: [] })
      expect(measured.text()).toContain(`ackstream_share_consumer_in_flight_records{group="${topic}"} 3\n`)
      for (const done of waiting) done()
      await acknowledged
      const { fullMs, oldest } = jobs.status()
      expect([fullMs > 0, oldest]).toEqual([true, null])
      for (const line of [
        `delivered_records_total{group="${topic}"} 3`,
        `acknowledged_records_total{group="${topic}",topic="${topic}",as="accepted"} 2`,
        `acknowledged_records_total{group="${topic}",topic="${topic}",as="rejected"} 1`,
        `assigned_partitions{group="${topic}",topic="${topic}"} 1`,
        `phase{group="${topic}",phase="running"} 1`,
        `events_total{group="${topic}",event="rejected"} 1`
      ])
        expect(measured.text()).toContain(`ackstream_share_consumer_${line}\n`)
      expect(measured.scaling().consumers).toMatchObject([{ isHeld: false }])
      let body = ''
      const probe = healthHandler({ consumers: [jobs] })
      probe({ url: '/status' }, { writeHead: () => undefined, end: (text = '') => (body = text) })
      expect(JSON.parse(body)).toMatchObject([{ groupId: topic, accepted: 2, rejected: 1 }])
      await jobs.drain()
      expect(health([jobs]).reasons).toEqual([`share consumer ${topic} is left`])
      logs.unsubscribe()
      measured.close()
      expect(lines.some((line) => line.startsWith(`warn share consumer ${topic}: ${topic}/0 offset`))).toBe(true)
      expect(lines.some((line) => line.includes('accepted, 0 released'))).toBe(true)
    }
  },
  {
    name: 'run drains a share consumer at a signal, and says what is delivered again',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write('a', 'b')
      const jobs = trial.member()
      const lines: string[] = []
      const say = (text: string): unknown => lines.push(text)
      const logger = { debug: say, info: say, warn: say, error: say }
      const signal = 'SIGHUP'
      const pipeline = jobs.pipe(
        deserialize({ value: utf8 }),
        handle(({ value }) => {
          if (value !== 'b') return undefined
          // Not from within the handler, which would not be waited for.
          setImmediate(() => process.emit(signal))
          return new Promise<void>(() => undefined)
        }),
        ack()
      )
      const { exitCode, reports } = await run(pipeline, { signals: [signal], drainTimeoutMs: 300, logger })
      expect([exitCode, reports]).toMatchObject([1, [{ outcome: 'deadline', partitions: [{ released: 1 }] }]])
      expect(lines.find((line) => line.startsWith('run: deadline'))).toBe(
        `run: deadline: ${trial.topic}/0: released, 1 records are delivered again`
      )
      process.exitCode = 0
    }
  }
]
