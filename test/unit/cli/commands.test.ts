import { isLeft } from 'fp-ts/lib/Either.js'
import { Writable } from 'node:stream'
import { filter, firstValueFrom, lastValueFrom, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commands } from '../../../src/cli/run-cli.js'
import {
  commit,
  consumer,
  deadLetter,
  eachPartition,
  handle,
  producer,
  type RecordToSend,
  subscribe
} from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { type CliGiven, type CliRun, commandLine } from '../../support/command-line.js'

const made = async (records: readonly RecordToSend[] = [], partitions = 2) => {
  const cluster = memoryCluster()
  const created = await firstValueFrom(cluster.createTopicsEither([{ topic: 'orders', partitions }]))
  if (isLeft(created)) throw new Error(JSON.stringify(created.left))
  if (records.length > 0) {
    const sink = producer(cluster)
    await lastValueFrom(sink.sendAll(records))
    await sink.close()
  }
  const cli = (line: string, given: Omit<CliGiven, 'cluster'> = {}): Promise<CliRun> =>
    commandLine(line.split(' '), { cluster, env: { KAFKA_BOOTSTRAP_SERVERS: 'embedded:1' }, ...given })
  return { cluster, cli }
}

const numbered = (count: number, partition = 0): readonly RecordToSend[] =>
  Array.from({ length: count }, (_, index) => ({
    topic: 'orders',
    partition,
    key: `k${String(index)}`,
    value: JSON.stringify({ id: index, customer: { id: index % 3 } }),
    timestamp: 1_000 * (index + 1)
  }))

/** A group that has committed as many, and has no members any more. */
const groupOf = async (cluster: ReturnType<typeof memoryCluster>, group: string, records: number): Promise<void> => {
  const reader = consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  const ended = firstValueFrom(reader.events.pipe(filter(({ _tag }) => _tag === 'pipeline ended')))
  reader.pipe(eachPartition((partition) => partition.pipe(take(records), commit()))).subscribe()
  await ended
  await reader.drain()
}

describe('ackstream', () => {
  it('lists its commands, and suggests the one that was meant', async () => {
    const help = await commandLine(['--help'])
    expect(help.code).toBe(0)
    for (const { name, summary } of commands) expect(help.out).toContain(`${name.padEnd(12)}${summary}`)
    const typo = await commandLine(['tial', 'orders'])
    expect([typo.code, typo.err]).toEqual([2, expect.stringContaining('tial is not known, did you mean tail?')])
    expect((await commandLine([])).code).toBe(2)
    for (const { name } of commands) expect((await commandLine([name, '--help'])).out).toContain(`ackstream ${name}`)
  })

  it('says what is wrong with the command line, and connects to nothing', async () => {
    const { cli } = await made()
    const wrong = await cli('tail orders --form end')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--form is not known, did you mean --from?')])
    const ofKafka = await commandLine(['tail', 'orders', '--bootstrap-server', 'b1:9092', '--from-beginning'])
    expect(ofKafka.err).toContain('--bootstrap-server is not known, did you mean --brokers?')
    expect((await commandLine(['tail', 'orders', '--from-beginning'])).err).toContain('did you mean --from beginning?')
    const none = await commandLine(['tail', 'orders'])
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('no brokers are named')])
  })
})

describe('tail', () => {
  it('prints what is there, to now, in the order of each partition', async () => {
    const { cli } = await made(numbered(5))
    const { code, lines } = await cli('tail orders --from beginning --to now')
    expect([code, lines]).toEqual([0, numbered(5).map(({ value }) => value)])
  })

  it('shows the fields that it is asked for, and JSON', async () => {
    const { cli } = await made(numbered(1))
    const shown = await cli('tail orders --from beginning --to now --show topic,partition,offset,time,key,value')
    expect(shown.lines).toEqual(['orders\t0\t0\t1970-01-01T00:00:01.000Z\tk0\t{"id":0,"customer":{"id":0}}'])
    const json = await cli('tail orders --from beginning --to now --json --value json')
    expect(json.values).toEqual([
      {
        topic: 'orders',
        partition: 0,
        offset: '0',
        timestamp: 1_000,
        key: 'k0',
        value: { id: 0, customer: { id: 0 } },
        headers: []
      }
    ])
  })

  it.each([
    ['--from 3', [3, 4]],
    ['--from=-2', [3, 4]],
    ['--from 1970-01-01T00:00:04Z', [3, 4]],
    ['--from beginning --max 2', [0, 1]],
    ['--from beginning --to 2', [0, 1]],
    ['--from beginning --where customer.id=1', [1, 4]],
    ['--from beginning --grep "id":[23],', [2, 3]],
    ['--from beginning --partition 1', []]
  ])('begins, ends and filters: %s', async (flags, expected) => {
    const { cli } = await made(numbered(5))
    const { lines, code } = await cli(
      `tail orders ${flags}${flags.includes('--to') || flags.includes('--max') ? '' : ' --to now'}`
    )
    expect([code, lines.map((line) => (JSON.parse(line) as { readonly id: number }).id)]).toEqual([0, expected])
  })

  it('follows until it is interrupted', async () => {
    const { cluster, cli } = await made(numbered(2))
    const stop = new AbortController()
    const printed = (out: string): void => {
      if (out.split('\n').length === 3) cluster.produce('orders', { partition: 1, value: 'later' })
      if (out.includes('later')) stop.abort()
    }
    const { code, lines } = await cli('tail orders --from beginning', { signal: stop.signal, printed })
    expect([code, lines.length, lines.at(-1)]).toEqual([130, 3, 'later'])
  })

  it('ends quietly when its output is closed', async () => {
    const { cli } = await made(numbered(5))
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      }
    })
    const { code, err } = await cli('tail orders --from beginning', { stdout })
    expect([code, err]).toEqual([0, ''])
  })

  it('reads no further while its output is not read', async () => {
    const { cli } = await made(numbered(2_000).map((record) => ({ ...record, value: 'x'.repeat(1_000) })))
    const takes: (() => void)[] = []
    let taken = 0
    const stdout = new Writable({
      highWaterMark: 1_000,
      write: (chunk: Buffer, _encoding, done) => {
        taken += chunk.length
        takes.push(done)
        setImmediate(() => takes.shift()?.())
      }
    })
    const { code } = await cli('tail orders --from beginning --to now', { stdout })
    expect([code, taken]).toEqual([0, 2_000 * 1_001])
  })

  it('names what does not exist', async () => {
    const { cli } = await made()
    const topic = await cli('tail nowhere --to now')
    expect([topic.code, topic.err]).toEqual([1, expect.stringContaining('UNKNOWN_TOPIC_OR_PARTITION')])
    const partition = await cli('tail orders --partition 2 --to now')
    expect([partition.code, partition.err]).toEqual([
      2,
      expect.stringContaining('orders has the partitions 0 to 1, not 2')
    ])
  })
})

describe('produce', () => {
  it('writes lines, with keys and without', async () => {
    const { cli } = await made([], 1)
    expect((await cli('produce orders', { input: 'a\nb\n' })).err).toBe('2 written to orders\n')
    await cli('produce orders --key-separator :', { input: 'k:v:w\n' })
    await cli('produce orders --key-separator : --empty-is-null', { input: 'gone:\n' })
    const { lines } = await cli('tail orders --from beginning --to now --json')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { key: null, value: 'a' },
      { key: null, value: 'b' },
      { key: 'k', value: 'v:w' },
      { key: 'gone', value: null }
    ])
  })

  it('writes back what tail printed', async () => {
    const { cli } = await made(numbered(3), 1)
    const { out } = await cli('tail orders --from beginning --to now --json')
    await cli('produce orders --records', { input: out })
    const again = await cli('tail orders --from 3 --to now --json')
    const without = (line: string): unknown => ({ ...(JSON.parse(line) as object), offset: '', timestamp: 0 })
    expect(again.lines.map(without)).toEqual(out.trim().split('\n').map(without))
  })

  it('says which line is wrong, and which was refused', async () => {
    const { cli } = await made([], 1)
    const wrong = await cli('produce orders --lines json', { input: '{}\n{\n' })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('line 2 is not json')])
    const refused = await cli('produce orders --records', { input: '{"value":"a","partition":"x"}\n' })
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('line 1: ')])
  })
})

describe('topics', () => {
  it('creates, lists, shows, configures, grows and deletes', async () => {
    const { cli } = await made()
    expect((await cli('topics create audits --partitions 3 retention.ms=5000')).code).toBe(0)
    expect((await cli('topics')).lines).toEqual([
      'topic   partitions  replicas',
      'audits           3         1',
      'orders           2         1'
    ])
    expect((await cli('topics configure audits retention.ms=6000')).code).toBe(0)
    expect((await cli('topics show audits --json')).values).toMatchObject([
      { topic: 'audits', configs: { 'retention.ms': '6000' }, partitions: [{ logEnd: '0' }, {}, {}] }
    ])
    expect((await cli('topics grow audits --partitions 4')).err).toContain('has 4 partitions')
    expect((await cli('topics delete audits')).err).toContain('confirm with --yes')
    expect((await cli('topics delete audits --yes')).code).toBe(0)
    expect((await cli('topics --json')).values).toMatchObject([{ topic: 'orders' }])
  })
})

describe('groups, lag and offsets', () => {
  it('show and set what a group has committed', async () => {
    const { cluster, cli } = await made(numbered(10), 1)
    await groupOf(cluster, 'billing', 4)
    expect((await cli('groups --json')).values).toEqual([
      { groupId: 'billing', type: 'classic', state: 'Empty', protocol: '', members: 0 }
    ])
    expect((await cli('lag billing --json')).values).toMatchObject([
      { group: 'billing', lag: '6', partitions: [{ committed: '4', logEnd: '10', lag: '6' }] }
    ])
    const planned = await cli('offsets reset billing --to beginning')
    expect([planned.err, (await cli('offsets show billing --json')).values]).toEqual([
      expect.stringContaining('nothing was changed'),
      [expect.objectContaining({ committed: '4' })]
    ])
    for (const [flags, offset] of [
      ['--to beginning', '0'],
      ['--to end', '10'],
      ['--to 3', '3'],
      ['--to 99', '10'],
      ['--to=-1', '9'],
      ['--to 1970-01-01T00:00:06Z', '5'],
      ['--shift=-2', '3'],
      ['--shift -1', '2'],
      ['--shift 100', '10']
    ] as const) {
      // prettier-ignore
      await cli(`offsets reset billing ${flags} --execute`)
      expect([flags, (await cli('offsets show billing --json')).values]).toEqual([
        flags,
        [expect.objectContaining({ committed: offset })]
      ])
    }
    const { out } = await cli('offsets export billing')
    await cli('offsets reset billing --to beginning --execute')
    await cli('offsets reset billing --import --execute', { input: out })
    await cli('offsets copy billing shipping --execute')
    expect((await cli('offsets show shipping --json')).values).toMatchObject([{ committed: '10' }])
    expect((await cli('groups delete shipping --yes')).code).toBe(0)
  })

  it('do not change a group that has members', async () => {
    const { cluster, cli } = await made(numbered(3), 1)
    const reader = consumer(cluster, {
      'group.id': 'billing',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    const assigned = firstValueFrom(reader.rebalances)
    const subscription = reader.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 })))).subscribe()
    await assigned
    const refused = await cli('offsets reset billing --to beginning --execute')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('billing has 1 members: stop them first')])
    subscription.unsubscribe()
    await reader.close()
  })
})

describe('replay-dlq', () => {
  it('writes the existing letters back, says what it skips, and ends', async () => {
    const { cluster, cli } = await made(numbered(3), 1)
    const reader = consumer(cluster, {
      'group.id': 'billing',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    const refuse = handle(() => Promise.reject(new Error('no')), {
      onFailure: deadLetter(cluster, { topic: 'orders.dlq' })
    })
    await firstValueFrom(cluster.createTopicsEither([{ topic: 'orders.dlq', partitions: 1 }]))
    reader.pipe(eachPartition((partition) => partition.pipe(refuse, commit()))).subscribe()
    await lastValueFrom(reader.events.pipe(take(3)))
    await reader.drain()
    const missing = await cli('replay-dlq orders.dlq --to ordres')
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('for ordres; create it')])
    expect(missing.err).toContain('did you mean orders?')
    await firstValueFrom(cluster.createTopicsEither([{ topic: 'others', partitions: 1 }]))
    const refused = await cli('replay-dlq orders.dlq --to others --group other')
    expect([refused.code, refused.err]).toEqual([0, expect.stringContaining('0 replayed, 3 skipped')])
    const listed = await cli('replay-dlq orders.dlq --list --fault TimeoutFault')
    expect(listed.lines).toEqual([])
    const letters = await cli('replay-dlq orders.dlq --list --fault HandlerFault --json')
    expect(letters.values).toMatchObject(
      [0, 1, 2].map((offset) => ({ topic: 'orders', partition: 0, offset: String(offset) }))
    )
    const none = await cli('replay-dlq orders.dlq --to orders --key nobody --json')
    expect(none.values).toEqual([{ topic: 'orders.dlq', replayed: 0, skipped: 0 }])
    expect(none.err).toBe('')
    const again = await cli('replay-dlq orders.dlq --to orders --group other')
    expect(again.err).toContain(
      '0 replayed, 0 skipped\nno letter is new to other, which has processed the others: offsets reset other --to beginning'
    )
    const replayed = await cli('replay-dlq orders.dlq --to orders --json')
    expect(replayed.values).toEqual([{ topic: 'orders.dlq', replayed: 3, skipped: 0 }])
    expect((await cli('tail orders --from 3 --to now')).lines).toEqual(numbered(3).map(({ value }) => value))
  })
})

describe('bench', () => {
  it('writes and reads the requested number of records, and leaves no topic', async () => {
    const { cli } = await made()
    const { values, code } = await cli('bench --records 1000 --json')
    expect([code, values]).toMatchObject([
      0,
      [
        { what: 'write', records: 1_000 },
        { what: 'read', records: 1_000 }
      ]
    ])
    expect((await cli('topics')).lines.length).toBe(2)
  })
})
