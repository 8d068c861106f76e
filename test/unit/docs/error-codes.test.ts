import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/core/protocol/answered-codes.js'
import { errorCode } from '../../../src/core/protocol/error-code.js'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The section of each table. */
const sections: Readonly<Record<Decision, string>> = {
  Produce: 'Produce',
  InitProducerId: 'InitProducerId',
  transaction: 'Transactions',
  'group answer': 'JoinGroup, SyncGroup, Heartbeat',
  'group refusal': 'Groups that refuse a member',
  ConsumerGroupHeartbeat: 'ConsumerGroupHeartbeat',
  Fetch: 'Fetch',
  'fetch session': 'Fetch sessions',
  OffsetCommit: 'OffsetCommit',
  OffsetFetch: 'OffsetFetch',
  Metadata: 'Metadata',
  coordinator: 'Coordinators',
  'client telemetry': 'Client telemetry',
  'offset look-up': 'Offset look-ups',
  FindCoordinator: 'FindCoordinator',
  SASL: 'SASL',
  ShareGroupHeartbeat: 'ShareGroupHeartbeat',
  'share session': 'Share sessions',
  ShareFetch: 'ShareFetch',
  ShareAcknowledge: 'Share acknowledgements',
  'admin request': 'Admin requests',
  CreateTopics: 'CreateTopics',
  'group description': 'Descriptions of groups',
  setOffsets: 'Setting offsets'
}

/** The codes of each decision, as `answered-codes.ts` has them: types, which leave nothing behind that could be asked. */
const codesOf = (decision: string): readonly string[] =>
  [...read('src/core/protocol/answered-codes.ts').matchAll(/^ {2}([A-Z_]+):((?:\s*\|?\s*'[^']+')+)/gm)].flatMap(
    ([, name = '', decisions = '']) => (decisions.includes(`'${decision}'`) ? [name] : [])
  )

/** The codes that the first column of a section's table names. */
const documented = (section: string): readonly string[] => {
  const [, text = ''] = new RegExp(`\n##+ ${section}\n([^]*?)(?=\n##|$)`).exec(read('docs/error-codes.md')) ?? []
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => (line.split('|')[1] ?? '').match(/[A-Z]+(?:_[A-Z]+)+|\bNONE\b/g) ?? [])
}

describe('docs/error-codes.md', () => {
  it.each(Object.entries(sections))('has the codes on which %s depends', (decision, section) => {
    const codes = codesOf(decision)

    expect(codes.length).toBeGreaterThan(1)
    expect([...new Set(documented(section))].sort()).toEqual([...codes].sort())
  })

  it('names codes that exist in Kafka', () => {
    const known = new Set(Object.keys(errorCode))
    const named = Object.values(sections).flatMap(documented)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })
})
