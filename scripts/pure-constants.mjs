// No module of the package has an effect when it is loaded (`sideEffects: false`). Within one file a bundler no longer knows that of
// modules: it keeps each constant that is made by a call, whoever uses it. So that is said of each of them.
const plain = new Set(['Literal', 'Identifier', 'ArrowFunctionExpression', 'FunctionExpression'])
const wrappers = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'ParenthesizedExpression'])

/** Whether every bundler knows that this has no effect. */
const isPlain = (node) => {
  if (node === null || plain.has(node.type)) return true
  if (wrappers.has(node.type)) return isPlain(node.expression)
  if (node.type === 'UnaryExpression') return isPlain(node.argument)
  if (node.type === 'BinaryExpression') return isPlain(node.left) && isPlain(node.right)
  if (node.type === 'ArrayExpression') return node.elements.every(isPlain)
  if (node.type === 'ObjectExpression')
    return node.properties.every(({ type, computed, value }) => type === 'Property' && !computed && isPlain(value))
  return false
}

/** A plugin of rolldown. What it adds is on the lines that are there. */
export const pureConstants = {
  name: 'pure-constants',
  transform: {
    // The command line is programs: they do what they say.
    filter: { id: { include: /\.ts$/, exclude: /\/src\/cli\// } },
    handler(code) {
      const declared = this.parse(code, { lang: 'ts' }).body.flatMap((statement) => {
        const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
        return declaration?.type === 'VariableDeclaration' && declaration.kind === 'const'
          ? declaration.declarations
          : []
      })
      let marked = code
      for (const { id, init } of declared.reverse()) {
        if (id.type !== 'Identifier' || isPlain(init)) continue
        const { start, end } = init
        marked = `${marked.slice(0, start)}/*#__PURE__*/ (() => (${marked.slice(start, end)}))()${marked.slice(end)}`
      }
      return marked === code ? null : { code: marked, map: null }
    }
  }
}
