/**
 * Writes values as TypeScript. A value that is not data (a function, an object of a class) is written as a reference to its
 * place: `scenario.config.subscription`.
 */
export class SourceText {
  /** the references that were written, without their first word */
  readonly references: string[] = []

  of(value: unknown, path: readonly string[]): string {
    switch (typeof value) {
      case 'string':
        return quoted(value)
      case 'number':
      case 'boolean':
      case 'undefined':
        return String(value)
      case 'bigint':
        return `${value.toString()}n`
      case 'object':
        return this.ofObject(value, path)
      default:
        return this.reference(path)
    }
  }

  private ofObject(value: object | null, path: readonly string[]): string {
    if (value === null) return 'null'
    const inner = (name: string, one: unknown): string => this.of(one, [...path, name])
    if (Array.isArray(value)) return `[${value.map((one, index) => inner(String(index), one)).join(', ')}]`
    if (value instanceof Uint8Array) return `Uint8Array.from([${[...value].join(', ')}])`
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return this.reference(path)
    const fields = Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => `${isName(name) ? name : quoted(name)}: ${inner(name, one)}`)
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
  }

  private reference(path: readonly string[]): string {
    const [root = '', ...names] = path
    const text = names.map((name) => (isName(name) ? `.${name}` : `[${quoted(name)}]`)).join('')
    this.references.push(text.replace(/^\./, ''))
    return root + text
  }
}

const isName = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name)

const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
