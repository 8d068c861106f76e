import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../src')

/** Classes with more fields than 12, and how many. The tools of a marble test are functions that tests destructure. */
const largeClasses: Readonly<Record<string, number>> = { 'testing/marble-run.ts MarbleRun': 20 }

/** Functions of more lines than 60, and how many. A loop over local numbers, which is twice as fast as by calls. */
const longFunctions: Readonly<Record<string, number>> = { 'core/compression/zstd-sequences.ts copy': 69 }

const isField = (member: ts.ClassElement): boolean =>
  ts.isPropertyDeclaration(member) &&
  member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) !== true

const linesOf = (text: string): number => text.split('\n').length

/** Of a function that has no name of its own, that of the variable, field or property that holds it. */
const nameOf = (node: ts.Node): string => {
  const named = 'name' in node && node.name !== undefined ? node : node.parent
  return 'name' in named ? (named.name as ts.Node).getText() : ''
}

interface Measures {
  readonly file: string
  readonly lines: number
  /** how many fields each class has, and how many lines each function */
  readonly classes: readonly (readonly [name: string, fields: number])[]
  readonly functions: readonly (readonly [name: string, lines: number])[]
}

const measuresOf = (file: string): Measures => {
  const text = readFileSync(join(root, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const classes: (readonly [string, number])[] = []
  const functions: (readonly [string, number])[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node))
      classes.push([`${file} ${node.name?.text ?? 'class'}`, node.members.filter(isField).length])
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined)
      functions.push([`${file} ${nameOf(node)}`, linesOf(node.getText())])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { file, lines: linesOf(text) - 1, classes, functions }
}

const measures = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map(measuresOf)

describe('the sources', () => {
  it('have classes of at most 12 fields but for those that are named here', () => {
    const large = measures
      .flatMap(({ classes }) => classes)
      .filter(([name, fields]) => fields > (largeClasses[name] ?? 12))

    expect(large).toEqual([])
  })

  it('have functions of at most 60 lines but for those that are named here', () => {
    const long = measures
      .flatMap(({ functions }) => functions)
      .filter(([name, lines]) => lines > (longFunctions[name] ?? 60))

    expect(long).toEqual([])
  })

  it('are files of at most 300 lines, and of half a hundred or so: the median is at most 70', () => {
    const sorted = measures.map(({ lines }) => lines).sort((a, b) => a - b)

    expect(measures.filter(({ lines }) => lines > 300).map(({ file }) => file)).toEqual([])
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(70)
  })
})
