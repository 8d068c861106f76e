import { frameMemory } from './frame-memory.js'

/** Why a connection cannot continue. */
export type BadFrame = (reason: string) => void

/** What a TLS record or an HTTP answer begins with, where a length should stand. */
const strangers: readonly (readonly [number, string])[] = [
  [0x15030000, 'it sent a TLS alert'],
  [0x16030000, 'it sent a TLS handshake'],
  [0x48545450, 'it sent an HTTP answer']
]

/** What is not known to belong to a large frame yet: small frames, and the beginnings of large ones. */
const scratchBytes = 16_384

/**
 * Cuts what a socket brings into Kafka's frames. The socket reads into the room that it is given: that of a large frame is
 * the frame itself, so that an answer is not copied. An impossible length is reported at once, and nothing is kept for it.
 */
export class FrameReader {
  private readonly maxBytes: number
  private readonly whole: (frame: Buffer) => void
  private readonly bad: BadFrame
  private readonly scratch = Buffer.allocUnsafeSlow(scratchBytes)
  private frame: Buffer | null = null
  /** so much of the frame, or else of the scratch, is there */
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

  /** So many bytes were put into the room. False if they cannot be Kafka's. */
  filled(count: number): boolean {
    this.filledTo += count
    if (this.frame === null) return this.cut()
    if (this.filledTo === this.frame.length) {
      const { frame } = this
      // Nothing of a frame that was handed on stays here: an answer would live until the next bytes come.
      this.frame = null
      this.filledTo = 0
      this.whole(frame)
    }
    return true
  }

  /** Takes bytes that were put elsewhere. */
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
    return `it sent a frame of ${String(length)} bytes, at most ${String(this.maxBytes)} are taken`
  }
}
