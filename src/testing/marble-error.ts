/** A marble test that failed: the message shows what was expected and what was, under each other. */
export class MarbleError extends Error {
  override readonly name: string = 'MarbleError'

  /** `madeAt` comes from the function that the user called: the trace shows where that was. */
  constructor(message: string, madeAt: Error) {
    super(message)
    const trace = (madeAt.stack ?? '').split('\n').slice(2)
    this.stack = [`${this.name}: ${message}`, ...trace].join('\n')
  }
}
