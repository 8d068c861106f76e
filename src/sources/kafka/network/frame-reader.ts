import { frameMemory } from './frame-memory.js'

/** Called with the reason when a connection cannot continue. */
export type BadFrame = (reason: string) => void

/** The first bytes of a TLS record and of an HTTP answer, in place of a length. */
const strangers: readonly (readonly [number, string])[] = [
  [0x15030000, 'it sent a TLS alert'],
  [0x16030000, 'it sent a TLS handshake'],
  [0x48545450, 'it sent an HTTP answer']
]

/** The buffer for bytes that do not belong to a large frame yet: small frames, and the beginnings of large ones. */
const scratchBytes = 16_384

/**
 * Splits a socket's bytes into Kafka's frames. The socket reads into `room`; for a large frame that is the frame's own memory,
 * so an answer is not copied. An impossible length is reported at once, and nothing is allocated for it.
 */
export class FrameReader {
  private readonly maxBytes: number
  private readonly whole: (frame: Buffer) => void
  private readonly bad: BadFrame
  private readonly scratch = Buffer.allocUnsafeSlow(scratchBytes)
  private frame: Buffer | null = null
  /** the bytes in the frame, or else in the scratch buffer */
  private filledTo = 0

  constructor(maxBytes: number, whole: (frame: Buffer) => void, bad: BadFrame) {
    this.maxBytes = maxBytes
    this.whole = whole
    this.bad = bad
  }

  /** The memory that the next bytes go to. */
  get room(): Buffer {
    return (this.frame ?? this.scratch).subarray(this.filledTo)
  }

  /** Bytes were written to the room. False if they cannot be Kafka's. */
  filled(count: number): boolean {
    this.filledTo += count
    if (this.frame === null) return this.cut()
    if (this.filledTo === this.frame.length) {
      const { frame } = this
      // A completed frame is not kept here: its answer would stay in memory until the next bytes come.
      this.frame = null
      this.filledTo = 0
      this.whole(frame)
    }
    return true
  }

  /** Adds bytes that are not in the room. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(this.room, 0, at)
      if (!this.filled(copied)) return
      at += copied
    }
  }

  private cut(): boolean {
    const { scratch, filledTo } = this
    let at = 0
    while (filledTo - at >= 4) {
      const length = scratch.readInt32BE(at)
      if (length < 4 || length > this.maxBytes) {
        this.filledTo = 0
        this.bad(this.reasonFor(length))
        return false
      }
      const end = at + 4 + length
      const frame = frameMemory(4 + length)
      scratch.copy(frame, 0, at, Math.min(end, filledTo))
      if (end > filledTo) {
        this.frame = frame
        this.filledTo = filledTo - at
        return true
      }
      at = end
      this.whole(frame)
    }
    scratch.copyWithin(0, at, filledTo)
    this.filledTo = filledTo - at
    return true
  }

  private reasonFor(length: number): string {
    const stranger = strangers.find(([prefix]) => prefix === length || (prefix & 0xffff0000) === (length & 0xffff0000))
    if (stranger !== undefined) return stranger[1]
    return `it sent a frame of ${String(length)} bytes, at most ${String(this.maxBytes)} are accepted`
  }
}
