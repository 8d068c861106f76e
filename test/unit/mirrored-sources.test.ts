import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const below = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })

/**
 * Files of `src/core` with logic of their own that have no test of their name. Others test them, as properties, contracts or
 * through the machine that they are a part of. The list only gets shorter.
 */
const testedByOthers: readonly string[] = [
  'compression/bounded-output.ts',
  'compression/lz4.ts',
  'compression/snappy.ts',
  'compression/zstd-frames.ts',
  'compression/zstd-literals.ts',
  'compression/zstd-sequences.ts',
  'compression/zstd-tables.ts',
  'fetching/epoch-checks.ts',
  'fetching/fetch-answers.ts',
  'fetching/fetch-requests.ts',
  'fetching/partition-fetch-state.ts',
  'fetching/partition-fetch-states.ts',
  'group/assignors/constrained-assignment.ts',
  'group/assignors/custom-assignor.ts',
  'group/assignors/general-assignment.ts',
  'group/assignors/sticky-claims.ts',
  'group/consumer-protocol/heartbeat-verdict.ts',
  'group/group-verdict.ts',
  'group/handshake.ts',
  'guarding/guard-machine.ts',
  'producing/outgoing-record.ts',
  'producing/partition-queue.ts',
  'producing/produce-verdict.ts',
  'producing/producer-batch.ts',
  'protocol/protocol-bytes.ts',
  'records/batch-builder.ts',
  'records/batch-chain.ts',
  'records/records-of-batch.ts',
  'records/varint-reader.ts',
  'share/acquired-batch.ts',
  'share/share-answers.ts',
  'share/share-fetching.ts',
  'share/share-membership.ts'
]

const branches = new Set([
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.ConditionalExpression,
  ts.SyntaxKind.CaseClause,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.WhileStatement
])

const branchesIn = (file: string): number => {
  const source = ts.createSourceFile(file, readFileSync(join(root, 'src/core', file), 'utf8'), ts.ScriptTarget.Latest)
  const count = (node: ts.Node): number => {
    let sum = branches.has(node.kind) ? 1 : 0
    ts.forEachChild(node, (child) => {
      sum += count(child)
    })
    return sum
  }
  return count(source)
}

describe('the tests of src/core', () => {
  it('have the names of the files with logic of their own, but for those that are listed', () => {
    const tests = new Set(
      below('test').flatMap((file) => (file.endsWith('.test.ts') ? [basename(file, '.test.ts')] : []))
    )
    const untested = below('src/core').filter(
      (file) => file.endsWith('.ts') && !tests.has(basename(file, '.ts')) && branchesIn(file) >= 8
    )

    expect(untested.sort()).toEqual([...testedByOthers].sort())
  })
})
