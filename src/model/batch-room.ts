/** Consulted before a batch is read, since its records keep it in memory until all of them are settled. */
export interface BatchRoom {
  /** Whether a batch that is not compressed may be read. */
  mayRead(): boolean
  /** The bytes that a batch may have after decompression; 0: none at the moment. */
  mostBytes(): number
  /** The next records come from a batch of this many bytes. */
  entered(bytes: number): void
}

/** For readers without bounds. */
export const boundlessRoom: BatchRoom = {
  mayRead: () => true,
  mostBytes: () => Infinity,
  entered: () => undefined
}
