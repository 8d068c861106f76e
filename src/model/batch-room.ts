/** Asked when a batch is about to be read: what its records take stays in memory until all of them are done with. */
export interface BatchRoom {
  /** Whether a batch may be read that is in memory as it is. */
  mayRead(): boolean
  /** How many bytes a batch may take that is to be decompressed; 0: none at the moment. */
  mostBytes(): number
  /** The records that come next are of a batch of so many bytes. */
  entered(bytes: number): void
}

/** For readers without bounds. */
export const boundlessRoom: BatchRoom = {
  mayRead: () => true,
  mostBytes: () => Infinity,
  entered: () => undefined
}
