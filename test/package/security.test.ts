import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'

const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('`test/'))

describe('the tables of limits and attacks', () => {
  it('name a test for each, and its words', () => {
    expect(rows.length).toBeGreaterThan(50)
    const unnamed = rows.filter((row) => {
      const [, path = '', words = ''] = /`(test\/[^`]+)`: (.+?) *\|$/.exec(row) ?? []
      return words === '' || !existsSync(join(root, path)) || !readFileSync(join(root, path), 'utf8').includes(words)
    })
    expect(unnamed).toEqual([])
  })

  it('leave out no row: each has a test', () => {
    const table = page.split('\n').filter((line) => line.startsWith('|') && !/^\| *(:?-+|who|\*\*|attack)/.test(line))
    const trusted = page.slice(page.indexOf('## What is trusted'), page.indexOf('## Limits'))
    expect(table.filter((line) => !rows.includes(line) && !trusted.includes(line) && !/^\| +\|/.test(line))).toEqual([])
  })
})

describe('what comes along', () => {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')

  it('is what the lockfile has a hash of, without a script that runs when it is installed', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      readonly packages: Readonly<
        Record<string, { readonly integrity?: string; readonly resolved?: string; readonly hasInstallScript?: boolean }>
      >
    }
    const others = Object.entries(packages).filter(([path]) => path !== '')
    expect(others.length).toBeGreaterThan(100)
    expect(others.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)).toEqual([])
    expect(others.filter(([, { resolved }]) => resolved?.startsWith('https://registry.npmjs.org/') === false)).toEqual(
      []
    )
    expect(others.filter(([path, one]) => one.hasInstallScript === true && !path.endsWith('/fsevents'))).toEqual([])
  })

  it('is a week old when it is taken, and is installed as the lockfile says', () => {
    expect(read('.npmrc')).toMatch(/^min-release-age=7$/m)
    expect(read('.ci/run')).toMatch(/^npm ci --ignore-scripts /m)
    const release = read('.github/workflows/release.yml')
    expect(release).not.toMatch(/npm (?:i|install|update)\b/)
    for (const step of [
      'npm audit --omit=dev --audit-level=high',
      'check:licences',
      'npm sbom',
      'npm publish --provenance --access public --ignore-scripts'
    ])
      expect(release).toContain(step)
  })

  it('runs nothing when the package itself is installed', () => {
    const { scripts, dependencies } = JSON.parse(read('package.json')) as Readonly<
      Record<string, Readonly<Record<string, string>>>
    >
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(hook)
    // Exactly this one: its connections are used, and no release is to come.
    expect(dependencies).toEqual({ kafkajs: '2.2.4' })
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

describe('what users copy: the README, the documents and the examples', () => {
  const copied = [
    'README.md',
    'SECURITY.md',
    ...['docs', 'examples'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(md|ts|mjs)$/.test(name) && !name.includes('node_modules'))
        .map((name) => join(folder, name))
    )
  ]
  const lines = copied.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line) => ({ file, line }))
  )

  it('never switches the verification of TLS off', () => {
    expect(lines.length).toBeGreaterThan(1_000)
    expect(lines.filter(({ line }) => /dangerouslyDisableTlsVerification'?\s*:\s*true/.test(line))).toEqual([])
  })

  it('has no password but from the environment', () => {
    const given = lines.flatMap(({ file, line }) => {
      const [, value = null] = /'(?:sasl\.password|ssl\.key\.password)'\s*:\s*(.+)$/.exec(line) ?? []
      return value === null ? [] : [{ file, value }]
    })
    expect(given.length).toBeGreaterThan(0)
    expect(given.filter(({ value }) => !/process\.env|secret\(/.test(value))).toEqual([])
  })
})
