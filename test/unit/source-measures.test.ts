import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

const isField = (member: ts.ClassElement): boolean =>
  ts.isPropertyDeclaration(member) &&
  member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) !== true

const classesIn = (file: string): readonly (readonly [name: string, fields: number])[] => {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
  const found: (readonly [string, number])[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) found.push([`${file} ${node.name?.text ?? 'class'}`, node.members.filter(isField).length])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const linesOf = (file: string): number => readFileSync(join(root, file), 'utf8').split('\n').length - 1

describe('the sources', () => {
  it('are files of at most 300 lines', () => {
    expect(files.filter((file) => linesOf(file) > 300)).toEqual([])
  })

  it('have classes of at most 12 fields', () => {
    const large = files.flatMap(classesIn).filter(([, fields]) => fields > 12)

    expect(large).toEqual([])
  })

  it('are files of half a hundred lines or so: the median is at most 70', () => {
    const lengths = files.map(linesOf)

    expect(lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(70)
  })
})
