/** A row that waits to be published. */
export interface OutboxRow {
  /** the place in the order of the table; a text, so that numbers beyond 2^53 stay exact */
  readonly id: string
  readonly messageId: string
  readonly topic: string
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  /** an object of names and texts, as JSON */
  readonly headers: string | null
}

/**
 * What an outbox reader needs of a database. Every call may reject, and is repeated then. Once its signal aborts, its
 * result is not waited for any more.
 */
export interface OutboxTable {
  /** in faults */
  readonly name: string
  /**
   * Takes the lease of the outbox, or renews it, for so many ms. Returns false if another reader has it.
   */
  readonly lease: (owner: string, forMs: number, signal?: AbortSignal) => PromiseLike<boolean>
  /** Gives the lease back, so that another reader need not wait for its end. */
  readonly release: (owner: string, signal?: AbortSignal) => PromiseLike<unknown>
  /** The first rows that are neither published nor set aside, in the order of the table. */
  readonly read: (limit: number, signal?: AbortSignal) => PromiseLike<readonly OutboxRow[]>
  /** Marks these rows as published, or deletes them. */
  readonly mark: (ids: readonly string[], signal?: AbortSignal) => PromiseLike<unknown>
  /** Stores why a row cannot be published, which takes it out of the order. */
  readonly setAside: (id: string, reason: string, signal?: AbortSignal) => PromiseLike<unknown>
}
