import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'

const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('`test/'))

describe('the table of attacks', () => {
  it('names a test for each', () => {
    expect(rows.length).toBeGreaterThan(20)
    const tests = rows.map((row) => /`(test\/[^`]+)` *\|$/.exec(row)?.[1] ?? row)
    expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

interface Found {
  readonly file: string
  readonly text: string
}

/** What of this kind there is in the library's own files; the command line and what tests are written with are its user's. */
const foundInSource = (isWanted: (node: ts.Node) => boolean): readonly Found[] =>
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^(cli|testing)[/\\]/.test(file))
    .flatMap((file) => {
      const found: Found[] = []
      const source = ts.createSourceFile(
        file,
        readFileSync(join(root, 'src', file), 'utf8'),
        ts.ScriptTarget.Latest,
        true
      )
      const visit = (node: ts.Node): void => {
        if (isWanted(node)) found.push({ file, text: node.getText(source) })
        ts.forEachChild(node, visit)
      }
      visit(source)
      return found
    })

describe('the source', () => {
  it('has no regular expression that a text can make slow: none repeats what repeats itself', () => {
    const repeatsItself = (text: string): boolean =>
      /\([^()]*(?:[+*]|\{\d+,\})[^()]*\)(?:[+*]|\{\d+,)/.test(
        text
          .replace(/\\./g, 'x')
          .replace(/\[[^\]]*\]/g, 'x')
          .replace(/\(\?(?:[:=!]|<\w+>)/g, '(')
      )
    expect([/^(a+)+$/, /(?:[a-z]*x)*/, /(\d{2,}\.)+/].map(String).filter(repeatsItself)).toHaveLength(3)
    const all = foundInSource((node) => node.kind === ts.SyntaxKind.RegularExpressionLiteral)
    expect(all.length).toBeGreaterThan(20)
    expect(all.filter(({ text }) => repeatsItself(text))).toEqual([])
  })

  it('makes no code of data, and no files that nobody has asked for', () => {
    const forbidden: ReadonlySet<string> = new Set([
      'eval',
      'Function',
      'runInContext',
      'runInNewContext',
      'mkdtemp',
      'mkdtempSync',
      'tmpdir'
    ])
    const isUsed = ({ parent }: ts.Node): boolean => !ts.isTypeReferenceNode(parent)
    expect(foundInSource((node) => ts.isIdentifier(node) && forbidden.has(node.text) && isUsed(node))).toEqual([])
  })
})
