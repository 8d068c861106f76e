import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { reasonOf } from '../model/printable.js'
import type { SinkFault } from '../model/fault.js'

interface Waiting {
  readonly line: string
  readonly written: () => void
  readonly failed: (fault: SinkFault) => void
}

/** How much of a file's end is looked through for the last whole line. */
const tailBytes = 65_536

/**
 * A file of whole lines, with one writer however many use it. What comes while a write is being synced goes together with
 * the next; a line counts as written once it is on the disk (`fdatasync`).
 */
export class NdjsonFile {
  readonly path: string
  private handle: FileHandle | null = null
  private queue: Waiting[] = []
  private working: Promise<void> | null = null
  private fault: SinkFault | null = null

  constructor(path: string) {
    this.path = path
  }

  append(line: string, written: () => void, failed: (fault: SinkFault) => void): void {
    this.queue.push({ line, written, failed })
    this.working ??= this.work().finally(() => {
      this.working = null
    })
  }

  async close(): Promise<void> {
    await this.working
    await this.handle?.close()
    this.handle = null
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0) {
      const taken = this.queue
      this.queue = []
      try {
        await this.write(taken)
      } catch (error) {
        // What is in the file now is not known: nothing more is written behind it.
        this.fault ??= { _tag: 'SinkFault', sink: `the file ${this.path}`, reason: reasonOf(error), cause: error }
      }
      const { fault } = this
      for (const waiting of taken) {
        if (fault === null) waiting.written()
        else waiting.failed(fault)
      }
    }
  }

  private async write(taken: readonly Waiting[]): Promise<void> {
    if (this.fault !== null) return
    this.handle ??= await openAtLastLine(this.path)
    await this.handle.appendFile(taken.map(({ line }) => `${line}\n`).join(''))
    await this.handle.datasync()
  }
}

/** Opens for appending, behind the last whole line: a line that a killed process left torn was never acknowledged. */
const openAtLastLine = async (path: string): Promise<FileHandle> => {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants
  const handle = await open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new Error('it is not a regular file')
    await handle.truncate(await endOfLastLine(handle, stats))
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

const endOfLastLine = async (handle: FileHandle, { size }: Stats): Promise<number> => {
  for (let end = size; end > 0; end -= tailBytes) {
    const start = Math.max(0, end - tailBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (newline >= 0) return start + newline + 1
  }
  return 0
}

const files = new Map<string, { readonly file: NdjsonFile; uses: number }>()

/** A use of a file by its path; the last one closes it. */
export const useNdjsonFile = (path: string): { readonly file: NdjsonFile; readonly release: () => void } => {
  const absolute = resolve(path)
  const shared = files.get(absolute) ?? { file: new NdjsonFile(absolute), uses: 0 }
  files.set(absolute, shared)
  shared.uses++
  let released = false
  return {
    file: shared.file,
    release: () => {
      if (released) return
      released = true
      if (--shared.uses > 0) return
      files.delete(absolute)
      void shared.file.close()
    }
  }
}
