/** A diagram that cannot be read: the message shows it, with a caret under what is wrong. */
export class DiagramError extends Error {
  override readonly name = 'DiagramError'
  /** What is wrong, without the diagram. */
  readonly reason: string

  constructor(reason: string, text: readonly string[], row: number, column: number) {
    const shown = text.flatMap((line, index) => (index === row ? [line, `${' '.repeat(column)}^ ${reason}`] : [line]))
    super(`this diagram cannot be read: ${reason}\n\n${shown.map((line) => `  ${line}`).join('\n')}\n`)
    this.reason = reason
  }
}
