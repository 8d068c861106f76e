/** Cuts a stream of bytes into Kafka's frames: a length of four bytes, and so many bytes after it. The length stays with its frame. */
export const framesOf = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let left = Buffer.alloc(0)
  return (chunk) => {
    left = Buffer.concat([left, chunk])
    while (left.length >= 4 && left.length >= 4 + left.readInt32BE(0)) {
      const frame = left.subarray(0, 4 + left.readInt32BE(0))
      left = left.subarray(frame.length)
      onFrame(frame)
    }
  }
}

/** What the header of a request says, and what it asks: all that follows the client's id. */
export interface RequestFrame {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly question: string
}

export const requestOf = (frame: Buffer): RequestFrame => {
  const clientId = Math.max(0, frame.readInt16BE(12))
  return {
    key: frame.readInt16BE(4),
    version: frame.readInt16BE(6),
    correlationId: frame.readInt32BE(8),
    question: frame.toString('latin1', 14 + clientId)
  }
}
