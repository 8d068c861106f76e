/** Why a connection cannot go on. */
export type BadFrame = (reason: string) => void

/** What a TLS record or an HTTP answer begins with, where a length should stand. */
const strangers: readonly (readonly [number, string])[] = [
  [0x15030000, 'it sent a TLS alert'],
  [0x16030000, 'it sent a TLS handshake'],
  [0x48545450, 'it sent an HTTP answer']
]

/**
 * Cuts what a socket brings into Kafka's frames. A length that cannot be is told at once and nothing is kept for it:
 * kafkajs would throw out of the socket's handler for a negative one, and buffer without limit for a large one.
 */
export class FrameReader {
  private readonly maxBytes: number
  private readonly frame: (whole: Buffer) => void
  private readonly bad: BadFrame
  private chunks: Buffer[] = []
  private buffered = 0
  private needed = 4

  constructor(maxBytes: number, frame: (whole: Buffer) => void, bad: BadFrame) {
    this.maxBytes = maxBytes
    this.frame = frame
    this.bad = bad
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.buffered += chunk.length
    while (this.buffered >= this.needed) {
      const bytes = this.chunks.length === 1 ? (this.chunks[0] ?? chunk) : Buffer.concat(this.chunks)
      const length = bytes.readInt32BE(0)
      if (length < 4 || length > this.maxBytes) {
        this.reset()
        this.bad(this.reasonFor(length))
        return
      }
      const end = 4 + length
      if (bytes.length < end) {
        this.keep(bytes)
        this.needed = end
        return
      }
      // Nothing of a frame that was handed on stays here: an answer would live until the next bytes come.
      this.keep(bytes.subarray(end))
      this.needed = 4
      this.frame(bytes.subarray(0, end))
    }
  }

  reset(): void {
    this.chunks = []
    this.buffered = 0
    this.needed = 4
  }

  private keep(bytes: Buffer): void {
    this.chunks = bytes.length === 0 ? [] : [bytes]
    this.buffered = bytes.length
  }

  private reasonFor(length: number): string {
    const stranger = strangers.find(([prefix]) => prefix === length || (prefix & 0xffff0000) === (length & 0xffff0000))
    if (stranger !== undefined) return stranger[1]
    return `it sent a frame of ${String(length)} bytes, at most ${String(this.maxBytes)} are taken`
  }
}
