/**
 * Failures of a function that makes of records what is written, a row or a body: a record is to blame, not the store.
 * Kept beside the errors, so that the application finds its own error in the fault.
 */
export class Unwritable {
  private readonly causes = new WeakSet<Error>()

  /** What `make` returns. What it throws is remembered. */
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
