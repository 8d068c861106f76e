import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, inject } from 'vitest'
import { cached } from '../../scripts/cache.mjs'
import { linesOf, type PlainRecord, recordsIn, type StoredRecord } from './record-lines.js'
import { runProgram } from './run-program.js'

/** librdkafka as its Python wheel brings it, with every codec built in. */
const wheel = 'confluent-kafka'
const version = '2.16.1'
const program = fileURLToPath(new URL('python/librdkafka.py', import.meta.url))

/** The C client that kcat and the clients of most other languages are made of. */
export interface Librdkafka {
  /** Writes the records, those of each partition with its own codec. */
  readonly write: (topic: string, codecs: readonly string[], records: readonly PlainRecord[]) => Promise<void>
  /** Everything that a topic holds. */
  readonly read: (topic: string) => Promise<readonly StoredRecord[]>
}

/** A suite beside librdkafka on real Kafka; where it cannot be had it is skipped, which is said loudly. */
export const describeBesideLibrdkafka = (
  name: string,
  suite: (brokers: string, librdkafka: Librdkafka) => void
): void => {
  const brokers = inject('kafkaBrokers')
  const packages = brokers === null ? null : pythonPackages()
  describe.skipIf(brokers === null || packages === null)(name, () => {
    const run = (command: string, topic: string, more: readonly string[] = [], input = ''): Promise<string> =>
      runProgram(python, [program, command, brokers ?? '', topic, ...more], input, { PYTHONPATH: packages ?? '' })
    suite(brokers ?? '', {
      write: async (topic, codecs, records) => {
        await run('write', topic, [codecs.join(',')], linesOf(records))
      },
      read: async (topic) => recordsIn(await run('read', topic))
    })
  })
}

const python = process.platform === 'win32' ? 'python' : 'python3'

/** The folder that has the wheel; null where it cannot be had: an index that is not npm's or Maven's is not needed otherwise. */
const pythonPackages = (): string | null => {
  try {
    // A wheel is for one version of Python on one kind of machine.
    const abi = asked('-c', 'import sys, sysconfig; print(sys.implementation.cache_tag, sysconfig.get_platform())')
    const folder = cached(`${wheel}-${version}-${abi.trim().replace(' ', '-')}`, (work) => {
      const target = join(work, 'made')
      asked('-m', 'pip', 'install', '-q', '--only-binary=:all:', '--target', target, `${wheel}==${version}`)
    })
    return folder
  } catch (error) {
    console.warn(
      `\n*** SKIPPED: the tests beside librdkafka need Python 3 with pip, and its index: ${String(error)} ***\n`
    )
    return null
  }
}

const asked = (...args: readonly string[]): string => {
  const { error, status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8', timeout: 300_000 })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${python} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1) ?? ''}`)
  return stdout
}
