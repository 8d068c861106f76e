import ts from 'typescript'

/** What hangs is ended by then; whatever is sooner can be a matter of how fast the machine is. */
const atLeastMs = 60_000

const readings = /\b(performance\.now|Date\.now|process\.hrtime)\b/
const runners = /^(it|test|describe|beforeEach|beforeAll|afterEach|afterAll)\b/
const waiters = /^(expect\.poll|vi\.wait(For|Until)|until)\b/

/** Where a test has less real time than a busy machine may need: its own limit, that of a wait, or a time that is measured. */
export const realTimeLimits = (name: string, text: string): readonly string[] => {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const say = (node: ts.Node, what: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    found.push(`${name}:${String(line + 1)}: ${what}`)
  }
  const isShort = (node: ts.Node): boolean =>
    ts.isNumericLiteral(node) && Number(node.text.replaceAll('_', '')) < atLeastMs
  const measured = new Set<string>()

  const lookAtLimits = (call: ts.CallExpression): void => {
    for (const [at, given] of call.arguments.entries()) {
      if (at > 0 && isShort(given)) say(given, `a limit of ${given.getText()} ms`)
      if (!ts.isObjectLiteralExpression(given)) continue
      for (const part of given.properties)
        if (ts.isPropertyAssignment(part) && /timeout/i.test(part.name.getText()) && isShort(part.initializer))
          say(part, `a limit: ${part.getText()}`)
    }
  }
  const lookAtMeasure = (call: ts.CallExpression): void => {
    if (!/\.toBeLessThan(OrEqual)?$/.test(call.expression.getText())) return
    const subject = call.expression.getText().replace(/\.toBeLessThan(OrEqual)?$/, '')
    const isMeasured = readings.test(subject) || [...measured].some((one) => new RegExp(`\\b${one}\\b`).test(subject))
    if (isMeasured) say(call, `a time that was measured: ${call.getText()}`)
  }
  const visit = (node: ts.Node): void => {
    if (
      ts.isVariableDeclaration(node) &&
      ts.isIdentifier(node.name) &&
      readings.test(node.initializer?.getText() ?? '')
    )
      measured.add(node.name.text)
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText()
      if (runners.test(callee) || waiters.test(callee)) lookAtLimits(node)
      lookAtMeasure(node)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
