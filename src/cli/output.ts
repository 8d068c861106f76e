import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { escaped } from '../model/printable.js'

const bufferBytes = 262_144
const lineFeed = 10

/**
 * The output of a command: lines are collected and written in large pieces. A command with much output waits for `room()`, so
 * that a slow reader slows the command down instead of filling its memory. If the reader has gone, the command ends quietly
 * (`closed`).
 */
export class Output {
  readonly closed: Promise<void>
  private readonly stream: Writable
  private readonly buffer = Buffer.allocUnsafe(bufferBytes)
  private used = 0
  private isOpen = true
  private isFull = false
  /** why what was written is lost; a reader that has gone is no failure */
  private failure: Error | null = null

  constructor(stream: Writable) {
    this.stream = stream
    this.closed = new Promise((resolve) => {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        this.isOpen = false
        if (error.code !== 'EPIPE') this.failure ??= error
        resolve()
      })
    })
  }

  /** Whether written data waits for the reader. */
  get isHeldBack(): boolean {
    return this.isFull
  }

  get isGone(): boolean {
    return !this.isOpen
  }

  /**
   * Writes a line with control characters escaped: names of groups, clients and topics may contain terminal control sequences.
   */
  line(text: string): void {
    this.text(escaped(text))
    this.endLine()
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, (_key, given: unknown) => (typeof given === 'bigint' ? given.toString() : given)))
  }

  text(text: string): void {
    const most = text.length * 3
    if (most > bufferBytes) {
      this.bytes(Buffer.from(text))
      return
    }
    if (this.used + most > bufferBytes) this.flush()
    this.used += this.buffer.write(text, this.used)
  }

  bytes(bytes: Uint8Array): void {
    if (this.used + bytes.length > bufferBytes) this.flush()
    if (bytes.length > bufferBytes) {
      this.write(Buffer.from(bytes))
      return
    }
    this.buffer.set(bytes, this.used)
    this.used += bytes.length
  }

  endLine(): void {
    if (this.used === bufferBytes) this.flush()
    this.buffer[this.used++] = lineFeed
  }

  flush(): void {
    if (this.used === 0) return
    const piece = Buffer.from(this.buffer.subarray(0, this.used))
    this.used = 0
    this.write(piece)
  }

  /** Resolves when the reader has taken the written data, or has gone. */
  async room(): Promise<void> {
    this.flush()
    if (this.isFull && this.isOpen) await Promise.race([once(this.stream, 'drain').catch(() => undefined), this.closed])
  }

  /** @throws Error if what was printed could not be written, such as to a disk that is full */
  failIfLost(): void {
    if (this.failure !== null) throw new Error(`stdout: ${this.failure.message}`)
  }

  private write(piece: Buffer): void {
    if (!this.isOpen) return
    this.isFull = !this.stream.write(piece)
    if (this.isFull)
      this.stream.once('drain', () => {
        this.isFull = false
      })
  }
}
