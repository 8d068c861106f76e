import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { stillThere } from './ndjson-still-there.js'
import { lastPosition, type NdjsonPosition, paddedOffset, positionLine } from './ndjson-position.js'

const { O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_TRUNC } = constants
const compressed = promisify(gzip)

/** How the files of a partition are written. */
export interface PartitionFileSettings {
  readonly folder: string
  /** of each of its files: topic and partition */
  readonly prefix: string
  readonly mode: number
  readonly gzip: boolean
}

/**
 * The lines of a partition: finished files, and one unfinished file, which grows. The file `….position` beside them says how
 * much of the unfinished one counts. Lines are synced first, then the position. What a killed process wrote beyond the position
 * was never acknowledged, and is cut off when the file is opened again. One call at a time.
 */
export class NdjsonPartitionFile {
  private readonly settings: PartitionFileSettings
  private position: NdjsonPosition = { first: 0n, next: 0n, bytes: 0 }
  private isOpen = false
  private lines: FileHandle | null = null
  private positions: FileHandle | null = null
  /** of the unfinished file: an earlier process may have had another setting */
  private ending: Ending

  constructor(settings: PartitionFileSettings) {
    this.settings = settings
    this.ending = endingOf(settings)
  }

  /** The next offset to write; everything below it is on the disk. Known after `open`. */
  get next(): bigint {
    return this.position.next
  }

  /** of the unfinished file */
  get bytes(): number {
    return this.position.bytes
  }

  /** Finds the existing files, and repairs what a killed process left. */
  async open(): Promise<void> {
    if (this.isOpen) return
    await this.close()
    const { folder } = this.settings
    await mkdir(folder, { recursive: true })
    const stored = await this.stored()
    this.ending = endingOf(this.settings)
    this.lines = stored.bytes === 0 ? null : await this.reopened(stored)
    this.position = this.lines === null ? { first: stored.next, next: stored.next, bytes: 0 } : stored
    await this.removeOthers()
    await this.replacePositions()
    this.isOpen = true
    // A file contains either compressed or plain lines.
    if (this.ending !== endingOf(this.settings)) await this.finish()
  }

  /** Appends whole lines with offsets from `first` up to `next`; they are on the disk when it resolves. */
  async append(lines: readonly string[], first: bigint, next: bigint): Promise<void> {
    try {
      this.lines ??= await this.created(first)
      const text = lines.map((line) => `${line}\n`).join('')
      // Each append is a gzip member of its own, so that the file can be cut after any of them.
      const data = this.settings.gzip ? await compressed(text) : Buffer.from(text)
      await this.lines.appendFile(data)
      await this.lines.datasync()
      const { bytes } = this.position
      const path = this.growing(bytes === 0 ? first : this.position.first)
      if ((await stillThere(this.lines, path)) !== 'there')
        throw new Error(`another program has moved, replaced or removed ${path}`)
      this.position = { first: bytes === 0 ? first : this.position.first, next, bytes: bytes + data.length }
      await this.positions?.appendFile(positionLine(this.position))
      await this.positions?.datasync()
    } catch (error) {
      // The content of the disk is unknown: the file is opened again before the next lines.
      await this.close()
      throw error
    }
  }

  /** Gives the unfinished file its final name, if there is one: nothing is appended to it any more. */
  async finish(): Promise<void> {
    if (!this.isOpen || this.lines === null) return
    const { first, next } = this.position
    try {
      await this.lines.close()
      this.lines = null
      await renameNew(this.growing(first), this.finished(first, next))
      await this.syncFolder()
      this.position = { first: next, next, bytes: 0 }
      this.ending = endingOf(this.settings)
      await this.replacePositions()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const { lines, positions } = this
    this.isOpen = false
    this.lines = this.positions = null
    try {
      await lines?.close()
    } finally {
      await positions?.close()
    }
  }

  private async stored(): Promise<NdjsonPosition> {
    const none = { first: 0n, next: 0n, bytes: 0 }
    try {
      return lastPosition(await readFile(this.path('.position'), 'utf8')) ?? none
    } catch (error) {
      if (isMissing(error)) return none
      throw error
    }
  }

  /** The unfinished file without unacknowledged lines; null if it was finished already. */
  private async reopened({ first, bytes }: NdjsonPosition): Promise<FileHandle | null> {
    const handle = await this.found(first)
    if (handle === null) return null
    try {
      const { size, nlink } = await handle.stat()
      if (nlink > 1) throw new Error('it has further hard links: what is appended would be in other files too')
      if (size < bytes) throw new Error(`${this.growing(first)} lost lines that were on the disk`)
      await handle.truncate(bytes)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** The unfinished file, compressed or not; null if there is none. */
  private async found(first: bigint): Promise<FileHandle | null> {
    for (const ending of endings)
      try {
        const handle = await open(this.growing(first, ending), O_RDWR | O_APPEND | O_NOFOLLOW)
        this.ending = ending
        return handle
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    return null
  }

  /** Removes unfinished files to which no position refers. */
  private async removeOthers(): Promise<void> {
    const { folder, prefix } = this.settings
    const kept = this.lines === null ? null : this.growing(this.position.first)
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const isOwn = name.startsWith(`${prefix}-`) && name.endsWith('.open')
      if (isOwn && path !== kept && /^\d{20}\./.test(name.slice(prefix.length + 1))) await unlink(path)
    }
  }

  private async created(first: bigint): Promise<FileHandle> {
    const handle = await open(
      this.growing(first),
      O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW,
      this.settings.mode
    )
    // The umask may have removed a permission.
    await handle.chmod(this.settings.mode)
    await this.syncFolder()
    return handle
  }

  private async replacePositions(): Promise<void> {
    await this.positions?.close()
    this.positions = null
    const path = this.path('.position')
    const made = await open(`${path}.new`, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, this.settings.mode)
    try {
      await made.appendFile(positionLine(this.position))
      await made.datasync()
    } finally {
      await made.close()
    }
    await rename(`${path}.new`, path)
    await this.syncFolder()
    this.positions = await open(path, O_WRONLY | O_APPEND | O_NOFOLLOW)
  }

  /** Syncs the folder: otherwise a new name might not survive a power failure. */
  private async syncFolder(): Promise<void> {
    const folder = await open(this.settings.folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  private growing(first: bigint, ending = this.ending): string {
    return this.path(`-${paddedOffset(first)}${ending}.open`)
  }

  private finished(first: bigint, next: bigint): string {
    return this.path(`-${paddedOffset(first)}-${paddedOffset(next - 1n)}${this.ending}`)
  }

  private path(rest: string): string {
    return join(this.settings.folder, `${this.settings.prefix}${rest}`)
  }
}

const endings = ['.ndjson', '.ndjson.gz'] as const
type Ending = (typeof endings)[number]

const endingOf = ({ gzip }: PartitionFileSettings): Ending => (gzip ? '.ndjson.gz' : '.ndjson')

/** Renames without replacing an existing file. */
const renameNew = async (from: string, to: string): Promise<void> => {
  try {
    await access(to)
  } catch (error) {
    if (!isMissing(error)) throw error
    await rename(from, to)
    return
  }
  throw new Error(`${to} exists already`)
}

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
