import { left } from 'fp-ts/lib/Either.js'
import { NEVER, type Observable, of } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ack,
  type Cluster,
  commit,
  consumer,
  type Consumer,
  type ConsumerConfig,
  deserialize,
  eachPartition,
  type Fault,
  handle,
  json,
  logTo,
  type PartitionStream,
  producer,
  type Producer,
  produceTo,
  subscribe
} from '../../../src/index.js'
import * as t from 'io-ts'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'
import { lasting } from '../../support/handlers.js'
import { group } from '../../support/rig.js'
import { slowAnswer, tappedCluster } from '../../support/tapped-cluster.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { mishap, mishaps } from '../../support/mishaps.js'

/** What went wrong, at the clock's present time. */
interface Trouble {
  readonly clock: VirtualClock
  readonly source: Consumer | Producer
  readonly run: () => void
  /** after which the first line is due within two seconds */
  readonly thresholdMs?: number
}

interface Heard {
  readonly at: number
  readonly text: string
}

/** The lines of 30 s, and what the status said at the first. */
const hear = ({ clock, source, run }: Trouble): { readonly lines: readonly Heard[]; readonly status: string } => {
  const lines: Heard[] = []
  let status = ''
  const from = clock.now()
  const write = (text: string): void => {
    lines.push({ at: clock.now() - from, text: text.slice(text.indexOf(': ') + 2) })
  }
  const logger = { debug: () => undefined, info: write, warn: write, error: write, table: () => undefined, groupEnd: () => undefined } // prettier-ignore
  const log = logTo(source, logger)
  run()
  for (let ms = 0; ms < 30_000; ms += 100) {
    clock.advance(100)
    vi.advanceTimersByTime(100)
    if (status === '' && lines.length > 0) status = JSON.stringify(source.status())
  }
  log.unsubscribe()
  return { lines, status }
}

const read = eachPartition((partition) => partition.pipe(ack()))
const inTime = (clock: VirtualClock, topics: Readonly<Record<string, number>> = { orders: 1 }): MemoryCluster =>
  memoryCluster({ topics, time: clock })

const member = (cluster: Cluster, config: Partial<ConsumerConfig> = {}): Consumer =>
  consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders'),
    ...config
  })

/** A consumer whose every request fails so. */
const network = (fault: Fault, afterMs = 1): Trouble => {
  const { clock, cluster } = tappedCluster(1, (calls, time) =>
    Object.fromEntries(
      Object.keys(calls)
        .filter((name) => name !== 'close')
        .map((name) => [name, () => slowAnswer(time, afterMs, of(left(fault)))])
    )
  )
  const source = member(cluster)
  return { clock, source, run: () => source.pipe(read).subscribe({ error: () => undefined }) }
}

/** A consumer with records, running. */
const running = (
  pipeline: (partition: PartitionStream, cluster: MemoryCluster, clock: VirtualClock) => Observable<number>,
  more: { readonly config?: Partial<ConsumerConfig>; readonly run?: (cluster: MemoryCluster) => void } = {}
): Trouble => {
  const clock = new VirtualClock()
  const cluster = inTime(clock, { orders: 1, copies: 1 })
  const source = member(cluster, more.config)
  source.pipe(eachPartition((partition) => pipeline(partition, cluster, clock))).subscribe({ error: () => undefined })
  clock.advance(1_000)
  return {
    clock,
    source,
    run: () => {
      more.run?.(cluster)
      cluster.produce('orders', { value: '{}' }, { value: '{}' })
    }
  }
}

const unreachable = (reason: string): Fault => ({ _tag: 'ConnectionFault', broker: 'kafka-1:9092', reason })
const noBroker = (reason: string): Fault => ({ _tag: 'FrameFault', broker: 'kafka-1:9092', reason })
const refused = (reason: string): Fault => ({ _tag: 'AuthenticationFault', broker: 'kafka-1:9092', reason })
const counted = <A>(stream: Observable<A>): Observable<number> => stream as Observable<unknown> as Observable<number>

/** What cannot be had without a network is made of what real brokers say: `test/integration/mishaps.test.ts` hears them. */
const troubles: Readonly<Record<string, () => Trouble>> = {
  'broker down': () => network(unreachable('connect ECONNREFUSED 10.0.0.1:9092')),
  'wrong port': () => network(noBroker('it sent an HTTP answer')),
  'wrong host': () => network(unreachable('getaddrinfo ENOTFOUND kafka-1')),
  'DNS gone': () => {
    const down = { isDown: false }
    const { clock, cluster } = tappedCluster(1, (calls, time) =>
      Object.fromEntries(
        Object.entries(calls)
          .filter(([name]) => name !== 'close')
          .map(([name, call]: [string, (...given: never[]) => unknown]) => [
            name,
            (...given: never[]) =>
              down.isDown
                ? slowAnswer(time, 1, of(left(unreachable('getaddrinfo EAI_AGAIN kafka-1'))))
                : call.call(calls, ...given)
          ])
      )
    )
    const source = member(cluster)
    source.pipe(read).subscribe()
    clock.advance(5_000)
    return { clock, source, run: () => (down.isDown = true) }
  },
  'plaintext to a TLS port': () => network(noBroker('it sent a TLS alert')),
  'TLS to a plaintext port': () =>
    network(unreachable('it closed the connection in the TLS handshake: a listener without TLS, or a load balancer without a broker behind it')), // prettier-ignore
  'wrong CA': () => network(refused('self-signed certificate')),
  'wrong password': () => network(refused('Authentication failed: Invalid username or password')),
  'mechanism not enabled': () => network(refused('it does not support AWS_MSK_IAM, only PLAIN, SCRAM-SHA-512')),
  'broker hung': () => ({
    ...network(unreachable('no answer to ApiVersions within 10000 ms'), 10_000),
    thresholdMs: 10_000
  }),
  'no permission for the topic': () => {
    const made = running((p) => counted(p.pipe(ack())))
    const cluster = inTime(made.clock)
    cluster.failNext('Metadata', 29, 1_000)
    const source = member(cluster)
    return { clock: made.clock, source, run: () => source.pipe(read).subscribe({ error: () => undefined }) }
  },
  'no permission for the group': () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    cluster.failNext('JoinGroup', 30, 1_000)
    const source = member(cluster)
    return { clock, source, run: () => source.pipe(read).subscribe({ error: () => undefined }) }
  },
  'topic missing': () => {
    const clock = new VirtualClock()
    const source = member(inTime(clock, {}))
    return { clock, source, run: () => source.pipe(read).subscribe() }
  },
  'group id taken by another protocol': () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    member(cluster, { 'partition.assignment.strategy': ['range'] })
      .pipe(read)
      .subscribe()
    clock.advance(5_000)
    const source = member(cluster, { 'partition.assignment.strategy': ['roundrobin'] })
    return { clock, source, run: () => source.pipe(read).subscribe({ error: () => undefined }) }
  },
  'static id taken': () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    const source = member(cluster, { 'group.instance.id': 'pod-1' })
    source.pipe(read).subscribe({ error: () => undefined })
    clock.advance(5_000)
    return { clock, source, run: () => member(cluster, { 'group.instance.id': 'pod-1' }).pipe(read).subscribe() }
  },
  'quota used up': () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    const source = member({
      ...cluster,
      openConsumer: (settings, handlers) => {
        const throttle = (): void => {
          handlers.event({ _tag: 'throttled', broker: 'kafka-1:9092', askedMs: 800, forMs: 800 })
          clock.schedule(10_000, throttle)
        }
        clock.schedule(5_050, throttle)
        return cluster.openConsumer(settings, handlers)
      }
    })
    source.pipe(read).subscribe()
    clock.advance(5_000)
    return { clock, source, run: () => undefined }
  },
  'disk full at the broker': () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    const source = producer(cluster)
    cluster.failNext('Produce', 56, 10_000)
    return {
      clock,
      source,
      run: () => source.send({ topic: 'orders', value: 'x' }).subscribe({ error: () => undefined })
    }
  },
  'record too large': () =>
    running((p, cluster) => counted(p.pipe(produceTo(cluster, { topic: 'copies' }), commit())), {
      run: (cluster) => {
        cluster.failNext('Produce', 10, 10_000)
      }
    }),
  'handler hung': () => ({
    ...running((p) =>
      counted(
        p.pipe(
          handle(() => NEVER),
          commit()
        )
      )
    ),
    thresholdMs: 10_000
  }),
  'handler slow': () => ({
    ...running((p, _cluster, clock) =>
      counted(
        p.pipe(
          handle(() => lasting(clock, 12_000)),
          commit()
        )
      )
    ),
    thresholdMs: 10_000
  }),
  'poison record': () =>
    running((p) => counted(p.pipe(deserialize({ value: json(t.type({ id: t.string })) }), commit()))),
  'commit refused': () =>
    running((p) => counted(p.pipe(commit({ withinMs: 100 }))), {
      run: (cluster) => {
        cluster.failNext('OffsetCommit', 29, 10_000)
      }
    })
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a mishap', () => {
  it.each(Object.keys(troubles))(
    '%s: is logged within two seconds, with what to do, in ten lines of 30 s at most',
    (name) => {
      const trouble = troubles[name]?.()
      if (trouble === undefined) throw new Error(name)
      const { lines, status } = hear(trouble)
      const [first] = lines
      const row = mishap(name)
      expect(first?.text).toMatch(row.pattern)
      for (const words of row.status) expect(status).toContain(words)
      expect(first?.at).toBeLessThanOrEqual((trouble.thresholdMs ?? 0) + 2_000)
      expect(lines.length).toBeLessThanOrEqual(10)
    }
  )

  it('has a row in the table of docs/troubleshooting.md', () => {
    expect([...mishaps.keys()].sort()).toEqual(Object.keys(troubles).sort())
  })
})

describe('the end of a mishap', () => {
  it('is logged too: a disk that accepts records again', () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    const source = producer(cluster)
    cluster.failNext('Produce', 56, 3)
    const sent: unknown[] = []
    const run = (): void => void source.send({ topic: 'orders', value: 'x' }).subscribe((result) => sent.push(result))
    const { lines, status } = hear({ clock, source, run })
    expect(lines.map(({ text }) => text.slice(0, 36))).toEqual([
      'records of orders/0 are refused for ',
      'records of orders/0 are accepted aga'
    ])
    expect(sent).toMatchObject([{ topic: 'orders', offset: 0n }])
    expect(JSON.parse(status)).toMatchObject({ waits: [{ for: 'retrying', what: 'orders/0' }] })
  })

  it('is not logged without a mishap: a partition that has another leader for a moment', () => {
    const clock = new VirtualClock()
    const cluster = inTime(clock)
    const source = producer(cluster)
    cluster.failNext('Produce', 6, 3)
    const run = (): void => void source.send({ topic: 'orders', value: 'x' }).subscribe()
    expect(hear({ clock, source, run }).lines).toEqual([])
  })
})
