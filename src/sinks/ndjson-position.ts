/** The state of a partition's lines on the disk. */
export interface NdjsonPosition {
  /** the offset that the unfinished file begins with */
  readonly first: bigint
  /** the next offset to write */
  readonly next: bigint
  /** how many bytes of the unfinished file hold lines below `next`; 0 if there is no unfinished file */
  readonly bytes: number
}

/** A line of the file that positions are appended to. */
export const positionLine = ({ first, next, bytes }: NdjsonPosition): string =>
  `${String(first)} ${String(next)} ${String(bytes)}\n`

/** The last whole line: a killed process may have left a part of another. Null if there is nothing. */
export const lastPosition = (text: string): NdjsonPosition | null => {
  const line = text.slice(0, text.lastIndexOf('\n') + 1).match(/(\d+) (\d+) (\d+)\n$/)
  // It is replaced by a rename, so a process that is killed leaves a whole line. To begin anew would write lines again.
  if (line === null && text.includes('\n')) throw new Error('the position of the files cannot be read')
  if (line === null) return null
  const [, first = '', next = '', bytes = ''] = line
  return { first: BigInt(first), next: BigInt(next), bytes: Number(bytes) }
}

/** Padded like the names of Kafka's log segments, so that names sort like offsets. */
export const paddedOffset = (offset: bigint): string => String(offset).padStart(20, '0')
