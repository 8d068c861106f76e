/** Consulted before a batch is read: its records stay in memory until all of them are done with. */
export interface BatchRoom {
  /** Whether a batch that is not compressed may be read. */
  mayRead(): boolean
  /** How many bytes a compressed batch may take once decompressed; 0: none at the moment. */
  mostBytes(): number
  /** The next records are from a batch of this many bytes. */
  entered(bytes: number): void
}

/** For readers without bounds. */
export const boundlessRoom: BatchRoom = {
  mayRead: () => true,
  mostBytes: () => Infinity,
  entered: () => undefined
}
