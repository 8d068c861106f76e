import { isLeft } from 'fp-ts/lib/Either.js'
import { Writable } from 'node:stream'
import { firstValueFrom, lastValueFrom, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Admin, type Cluster, producer, type RecordToSend } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import manifest from '../../../package.json' with { type: 'json' }
import { version } from '../../../src/internal/version.js'
import { tableOf } from '../../../src/cli/table.js'
import { type CliGiven, type CliRun, commandLine } from '../../support/command-line.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: 'embedded:1' }

const made = async (topics: readonly string[] = ['orders'], records: readonly RecordToSend[] = []) => {
  const cluster = memoryCluster()
  const created = await firstValueFrom(cluster.createTopicsEither(topics.map((topic) => ({ topic, partitions: 1 }))))
  if (isLeft(created)) throw new Error(JSON.stringify(created.left))
  if (records.length > 0) {
    const sink = producer(cluster)
    await lastValueFrom(sink.sendAll(records))
    await sink.close()
  }
  const cli = (line: string, given: Omit<CliGiven, 'cluster'> = {}): Promise<CliRun> =>
    commandLine(line.split(' '), { cluster, env, ...given })
  return { cluster, cli }
}

describe('a command line', () => {
  it('says which version this is', async () => {
    expect(version).toBe(manifest.version)
    for (const flag of ['--version', '-V']) expect((await commandLine([flag])).out).toBe(`${version}\n`)
  })

  it('has help for a command, too', async () => {
    const { code, out } = await commandLine(['help', 'tail'])
    expect([code, out]).toEqual([0, expect.stringContaining('ackstream tail TOPIC')])
    expect((await commandLine(['help', 'tial'])).code).toBe(2)
  })

  it('begins with its command', async () => {
    const { code, err } = await commandLine(['--brokers', 'b1:9092', 'topics'])
    expect([code, err]).toEqual([2, expect.stringContaining('the command comes first')])
  })

  it.each([
    'topics list orders',
    'topics grow orders 6',
    'topics show orders --partitions 6',
    'topics configure orders retention.ms=1 --yes',
    'groups list billing',
    'groups show billing --yes',
    'offsets show billing shipping',
    'offsets show billing --to beginning',
    'offsets reset billing shipping --to beginning',
    'offsets copy billing shipping --to beginning',
    'offsets export billing --execute',
    'bench orders',
    'doctor orders'
  ])('takes nothing that it has no use for: %s', async (line) => {
    const { cli } = await made()
    const { code, err } = await cli(line)
    expect([code, err]).toEqual([2, expect.stringMatching(/has no use for|takes no/)])
  })

  it('fails if what it prints cannot be written', async () => {
    const { cli } = await made()
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => {
        done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }))
      }
    })
    const { code, err } = await cli('topics', { stdout })
    expect([code, err]).toEqual([1, expect.stringContaining('stdout: ENOSPC')])
  })

  it('says that no connection can be made, while it tries', async () => {
    const { cluster } = await made()
    const fault = { _tag: 'ConnectionFault', broker: 'b1:9092', reason: 'connect ECONNREFUSED 10.0.0.1:9092' } as const
    const events = of({ _tag: 'connecting', broker: 'b1:9092', fault, attempt: 1, inMs: 50 } as const)
    const { err } = await commandLine(['topics'], { cluster: { ...cluster, events }, env })
    expect(err).toMatch(/^no connection to b1:9092: .*ECONNREFUSED/)
  })
})

describe('Ctrl-C', () => {
  /** A cluster whose brokers never answer an admin client. */
  const hung = (): { readonly cluster: Cluster; readonly asked: Promise<void> } => {
    let wasAsked: () => void = () => undefined
    const asked = new Promise<void>((resolve) => (wasAsked = resolve))
    const call = (): Promise<never> => {
      wasAsked()
      return new Promise(() => undefined)
    }
    const admin = new Proxy({}, { get: (_target, name) => (name === 'close' ? () => undefined : call) }) as Admin
    return { cluster: { ...memoryCluster({ topics: { orders: 1 } }), admin: () => admin }, asked }
  }

  it.each([
    'topics',
    'topics show orders',
    'groups',
    'lag billing',
    'offsets show billing',
    'tail orders',
    'replay-dlq orders.dlq --list'
  ])('ends a command whose broker does not answer: %s', async (line) => {
    const { cluster, asked } = hung()
    const stop = new AbortController()
    const running = commandLine(line.split(' '), { cluster, env, signal: stop.signal })
    await asked
    stop.abort()
    const { code, out, err } = await running
    expect([code, out, err]).toEqual([130, '', ''])
  })

  it('sets no offsets if it comes while they are read', async () => {
    const { cli } = await made()
    const { code } = await cli('offsets reset billing --import --execute', {
      input: '{"topic":"orders","partition":0,"offset":"0"}\n',
      signal: AbortSignal.abort()
    })
    expect(code).toBe(130)
    expect((await cli('groups')).lines.length).toBe(1)
  })
})

describe('bench', () => {
  it('shows no figures if it was interrupted, and leaves no topic', async () => {
    const { cli } = await made()
    const { code, out } = await cli('bench --records 1000', { signal: AbortSignal.abort() })
    expect([code, out]).toEqual([130, ''])
    expect((await cli('topics --json')).values).toMatchObject([{ topic: 'orders' }])
  })
})

describe('offsets', () => {
  it('are shown, exported, imported and copied of chosen topics only', async () => {
    const { cluster, cli } = await made(
      ['orders', 'refunds'],
      ['orders', 'refunds'].map((topic) => ({ topic, value: 'a' }))
    )
    const admin = cluster.admin()
    await admin.setOffsets('billing', [
      { topic: 'orders', partition: 0, offset: 1n },
      { topic: 'refunds', partition: 0, offset: 1n }
    ])
    const topics = (run: CliRun): readonly unknown[] =>
      run.values.map((one) => (one as { readonly topic: string }).topic)
    expect(topics(await cli('offsets show billing --topic refunds --json'))).toEqual(['refunds'])
    expect(topics(await cli('offsets export billing --topic refunds'))).toEqual(['refunds'])
    expect(topics(await cli('offsets copy billing shipping --topic refunds --execute --json'))).toEqual(['refunds'])
    expect(topics(await cli('offsets show shipping --json'))).toEqual(['refunds'])
    const { out } = await cli('offsets export billing')
    expect(topics(await cli('offsets reset audits --import --topic orders --execute --json', { input: out }))).toEqual([
      'orders'
    ])
  })
})

describe('a group', () => {
  it.each([
    'groups show billling',
    'lag billling',
    'lag billling --json',
    'offsets show billling',
    'offsets export billling'
  ])('that does not exist is not 0 behind: %s', async (line) => {
    const { cli } = await made()
    const { code, out, err } = await cli(line)
    expect([code, out, err]).toEqual([
      1,
      '',
      expect.stringMatching(/billling does not exist|not found among .*: billling/)
    ])
  })
  it('that exists is shown beside one that does not', async () => {
    const { cluster, cli } = await made()
    await cluster.admin().setOffsets('billing', [{ topic: 'orders', partition: 0, offset: 0n }])
    const { code, values, err } = await cli('groups show billling billing --json')
    expect([code, values, err]).toMatchObject([1, [{ groupId: 'billing' }], expect.stringContaining('billling')])
    expect((await cli('lag billing --json')).values).toMatchObject([{ lag: '0' }])
  })
})

describe('produce', () => {
  const values = [Buffer.from('{"a":"\u2028b"}'), Buffer.from('a\rb'), Buffer.from([0, 255, 254, 128])]
  const written = (cluster: ReturnType<typeof memoryCluster>): readonly unknown[] =>
    cluster.records({ topic: 'orders', partition: 0 }).map(({ value }) => Buffer.from(value ?? []))

  it('writes the bytes of each line as they are', async () => {
    const { cluster } = await made()
    const input = Buffer.concat(values.flatMap((value) => [value, Buffer.from('\n')]))
    expect((await commandLine(['produce', 'orders'], { cluster, env, input })).code).toBe(0)
    expect(written(cluster)).toEqual(values)
  })

  it.each(['base64', 'hex'])('writes what tail has printed as JSON, bytes as %s', async (format) => {
    const { cluster, cli } = await made(
      ['orders', 'copies'],
      values.map((value) => ({ topic: 'copies', key: value, value }))
    )
    const { out } = await cli(`tail copies --from beginning --to now --json --key ${format} --value ${format}`)
    expect((await cli(`produce orders --records --lines ${format}`, { input: out })).code).toBe(0)
    expect(written(cluster)).toEqual(values)
  })
})

describe('replay-dlq', () => {
  it('waits for no topic that does not exist', async () => {
    const { cli } = await made()
    const { code, err } = await cli('replay-dlq orders.dql --to orders')
    expect([code, err]).toEqual([1, expect.stringContaining('UNKNOWN_TOPIC_OR_PARTITION')])
  })
})

describe('a table', () => {
  it('has columns as wide as a terminal shows them', () => {
    expect(
      tableOf(
        ['group', 'lag'],
        [
          ['請求', 1],
          ['e\u0301te\u0301', 20],
          ['\u001b[2J', 3]
        ]
      )
    ).toEqual(['group      lag', '請求         1', 'e\u0301te\u0301         20', '\\u001b[2J    3'])
  })
})
