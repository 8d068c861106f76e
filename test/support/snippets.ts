import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './packed-project.js'

/** A block of TypeScript in README.md or docs/. */
export interface Snippet {
  readonly page: string
  /** page and number, e.g. `loops 2` */
  readonly name: string
  /** beside the others of its page, without an extension: what a comment in its first line calls it, else its number */
  readonly file: string
  readonly code: string
}

/** Its snippets are those of a file that is run: `guide.test.ts`. */
const ofTheGuide = 'docs/testing.md'

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith('.md') && page !== ofTheGuide
)

const snippetsOf = (path: string): readonly Snippet[] => {
  const page = path.replace(/^docs\/|\.md$/g, '')
  return [...readFileSync(join(root, path), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], at) => ({
    page,
    name: `${page} ${String(at + 1)}`,
    file: /^\/\/ (\S+)\.ts\n/.exec(code)?.[1] ?? String(at + 1),
    code
  }))
}

export const snippets: readonly Snippet[] = pages.flatMap(snippetsOf)

const source = (code: string): ts.SourceFile => ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.ES2022, true)

/** The names that a file declares or imports outside of any function. */
const declaredIn = (file: ts.SourceFile): ReadonlySet<string> => {
  const names = new Set<string>()
  const bound = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text)
    else for (const one of name.elements) if (ts.isBindingElement(one)) bound(one.name)
  }
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) bound(name)
    else if (ts.isImportDeclaration(statement)) {
      const { namedBindings } = statement.importClause ?? {}
      if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) names.add(namedBindings.name.text)
      if (namedBindings !== undefined && ts.isNamedImports(namedBindings))
        for (const { name } of namedBindings.elements) names.add(name.text)
    } else if ('name' in statement) names.add((statement.name as ts.Identifier).text)
  }
  return names
}

const exportedBy = (path: string): ReadonlySet<string> => {
  const code = readFileSync(join(root, path), 'utf8')
  const listed = [...code.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) => names.match(/\w+(?=\s*(?:,|$))/g) ?? []) // prettier-ignore
  const declared = [...code.matchAll(/^export (?:declare )?(?:const|class|type|interface) (\w+)/gm)].map(([, name = '']) => name) // prettier-ignore
  return new Set([...listed, ...declared])
}

/** Where a snippet does not import a name, it is a name of its program (`names.ts`), or else the package's. */
const sources: readonly (readonly [from: string, names: ReadonlySet<string>])[] = [
  ['../names.js', exportedBy('test/fixtures/snippets/names.ts')],
  ['ackstream', exportedBy('src/index.ts')],
  ['ackstream/kafka', new Set(['kafka'])]
]

/** A snippet as a module: with imports for the names that the page has introduced before, or expects its reader to know. */
export const moduleOf = ({ code }: Snippet): string => {
  const file = source(code)
  const taken = new Set(declaredIn(file))
  const used = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  // The import makes a module of it, and `names.ts` prints what is written to the cluster.
  const imports = ["import '../names.js'"]
  for (const [from, known] of sources) {
    const names = [...used].filter((name) => known.has(name) && !taken.has(name))
    for (const name of names) taken.add(name)
    if (names.length > 0) imports.push(`import { ${names.join(', ')} } from '${from}'`)
  }
  return `${imports.join('; ')}\n${code}\nconsole.log('end')\n`
}
