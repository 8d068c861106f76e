/** A diagram that cannot be read. The message shows it, with a caret under the error. */
export class DiagramError extends Error {
  override readonly name = 'DiagramError'
  /** The reason, without the diagram. */
  readonly reason: string

  constructor(reason: string, text: readonly string[], row: number, column: number) {
    const shown = text.flatMap((line, index) => (index === row ? [line, `${' '.repeat(column)}^ ${reason}`] : [line]))
    super(`this diagram cannot be read: ${reason}\n\n${shown.map((line) => `  ${line}`).join('\n')}\n`)
    this.reason = reason
  }
}
