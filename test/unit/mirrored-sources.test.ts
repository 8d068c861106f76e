import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const below = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })

/** Files of `src/core` with logic of their own that have no test of their name yet. The list only gets shorter. */
const untestedYet: readonly string[] = []

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
  it('have the names of the source files, except for the listed ones', () => {
    const tests = new Set(
      below('test').flatMap((file) => (file.endsWith('.test.ts') ? [basename(file, '.test.ts')] : []))
    )
    const untested = below('src/core').filter(
      (file) => file.endsWith('.ts') && !tests.has(basename(file, '.ts')) && branchesIn(file) >= 8
    )

    expect(untested.sort()).toEqual([...untestedYet].sort())
  })
})
