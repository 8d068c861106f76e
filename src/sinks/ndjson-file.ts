import type { FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SinkFault } from '../model/record-fault.js'
import { diskReason } from './disk-reason.js'
import { stillThere } from './ndjson-still-there.js'
import { openNdjsonFile, type TornLine } from './open-ndjson-file.js'

/** A line, and the callbacks of its writer. */
export interface Waiting {
  readonly line: string
  readonly written: () => void
  readonly failed: (fault: SinkFault) => void
  /** The last line of the file was incomplete. Called for one of the lines that wait for the first write. */
  readonly torn: (line: TornLine) => void
}

/**
 * A file of whole lines, with one writer for all its users. Lines that arrive while a write is being synced go into the next
 * write. A line counts as written when it is on the disk (`fdatasync`).
 */
export class NdjsonFile {
  readonly path: string
  private readonly mode: number
  private handle: FileHandle | null = null
  private queue: Waiting[] = []
  private working: Promise<void> | null = null
  /** of the file that is open, what is on the disk */
  private bytes = 0

  constructor(path: string, mode: number) {
    this.path = path
    this.mode = mode
  }

  append(waiting: Waiting): void {
    this.queue.push(waiting)
    this.working ??= this.work()
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
      const fault = await this.tried(taken)
      if (fault === null) for (const { written } of taken) written()
      else {
        // Lines that came meanwhile fail too: in the file they would be before those that come again.
        const behind = this.queue
        this.queue = []
        for (const { failed } of [...taken, ...behind]) failed(fault)
      }
    }
    // Reset here and not when the promise settles: a line in between would wait for the one after it.
    this.working = null
  }

  private async tried(taken: readonly Waiting[]): Promise<SinkFault | null> {
    try {
      await this.write(taken)
      return null
    } catch (error) {
      await this.takeBack()
      return { _tag: 'SinkFault', sink: `the file ${this.path}`, reason: diskReason(error), cause: error }
    }
  }

  private async write(taken: readonly Waiting[]): Promise<void> {
    const text = taken.map(({ line }) => `${line}\n`).join('')
    let where: 'there' | 'moved' | 'removed' = 'removed'
    while (where === 'removed') {
      this.handle ??= await this.opened(taken)
      await this.handle.appendFile(text)
      await this.handle.datasync()
      this.bytes += Buffer.byteLength(text)
      where = await stillThere(this.handle, this.path)
      if (where === 'there') return
      // Rotated by another program: the next lines begin a new file.
      await this.handle.close()
      this.handle = null
    }
  }

  /** A write has failed: removes what there is of it, and closes the file. The next lines open it again. */
  private async takeBack(): Promise<void> {
    const { handle } = this
    this.handle = null
    try {
      const { size } = (await handle?.stat()) ?? { size: 0 }
      if (size > this.bytes) await handle?.truncate(this.bytes)
    } catch {
      // What is left of it is found when the file is opened again.
    } finally {
      await handle?.close().catch(() => undefined)
    }
  }

  private async opened(taken: readonly Waiting[]): Promise<FileHandle> {
    const { handle, torn } = await openNdjsonFile(this.path, this.mode)
    this.bytes = (await handle.stat()).size
    if (torn !== null) taken[0]?.torn(torn)
    return handle
  }
}

const files = new Map<string, { readonly file: NdjsonFile; uses: number }>()

/** Opens a file by its path for one user; the last user closes it. */
export const useNdjsonFile = (
  path: string,
  mode: number
): { readonly file: NdjsonFile; readonly release: () => void } => {
  const absolute = resolve(path)
  const shared = files.get(absolute) ?? { file: new NdjsonFile(absolute, mode), uses: 0 }
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
      // Every line that counts as written is synced.
      shared.file.close().catch(() => undefined)
    }
  }
}
