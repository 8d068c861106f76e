/**
 * Failures of a function that converts records to a row or body: the record is the cause, not the store. Remembered beside the
 * error, so that the application finds its own error in the fault.
 */
export class Unwritable {
  private readonly causes = new WeakSet<Error>()

  /** Returns what `make` returns, and remembers what it throws. */
  from<A>(make: () => A): A {
    try {
      return make()
    } catch (error) {
      const cause =
        error instanceof Error ? error : new Error('something that is no Error was thrown', { cause: error })
      this.causes.add(cause)
      throw cause
    }
  }

  has(cause: unknown): boolean {
    return cause instanceof Error && this.causes.has(cause)
  }
}
