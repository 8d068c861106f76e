/** A failed marble test. The message shows the expected diagram above the actual one. */
export class MarbleError extends Error {
  override readonly name: string = 'MarbleError'

  /** `madeAt` comes from the function that the user called, so the stack trace shows the call. */
  constructor(message: string, madeAt: Error) {
    super(message)
    const trace = (madeAt.stack ?? '').split('\n').slice(2)
    this.stack = [`${this.name}: ${message}`, ...trace].join('\n')
  }
}
