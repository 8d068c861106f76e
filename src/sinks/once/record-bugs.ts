/**
 * TypeErrors and RangeErrors of a function that writes records: a value that cannot be bound, or a property of something
 * that is not there. They come again with every attempt at the same records, and only with these.
 */
export class RecordBugs {
  private readonly causes = new WeakSet<Error>()

  /** The same function; its bugs are remembered. */
  within<Tx, A>(work: (tx: Tx) => Promise<A>): (tx: Tx) => Promise<A> {
    return async (tx) => {
      try {
        return await work(tx)
      } catch (error) {
        // That of `fetch` without a connection has a cause.
        if ((error instanceof TypeError || error instanceof RangeError) && error.cause === undefined)
          this.causes.add(error)
        throw error
      }
    }
  }

  has(cause: unknown): boolean {
    return cause instanceof Error && this.causes.has(cause)
  }
}
