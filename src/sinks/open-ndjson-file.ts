import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** An incomplete last line, and where it was moved. */
export interface TornLine {
  readonly path: string
  readonly bytes: number
  readonly movedTo: string
}

/** A file that is ready for more lines. */
export interface OpenedFile {
  readonly handle: FileHandle
  /** null if the last line was complete */
  readonly torn: TornLine | null
}

/** The size of the pieces in which a file is read or copied. */
const chunkBytes = 65_536
/** A last line without a line break counts as complete if it parses; a longer one is not parsed. */
const longestParsed = 16 * 1024 * 1024

const { O_RDWR, O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants

/**
 * Opens a file for appending whole lines. Existing content is kept. A last line without a line break gets one if it is a whole
 * object or list. Otherwise a killed process left it, and it is moved to the file `….torn` next to it. A symbolic link, or a
 * file with further hard links, is refused, since it could belong to somebody else.
 */
export const openNdjsonFile = async (path: string, mode: number): Promise<OpenedFile> => {
  const handle = await open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, mode)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new Error('it is not a regular file')
    if (stats.nlink > 1) throw new Error('it has further hard links: what is appended would be in other files too')
    // It may have existed before, or the umask may have removed a permission.
    if ((stats.mode & 0o777) !== mode) await handle.chmod(mode)
    return { handle, torn: await mendLastLine(path, handle, stats, mode) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

const mendLastLine = async (
  path: string,
  handle: FileHandle,
  { size }: Stats,
  mode: number
): Promise<TornLine | null> => {
  const start = await endOfLastLine(handle, size)
  if (start === size) return null
  if (await isWhole(handle, start, size)) {
    await handle.appendFile('\n')
    return null
  }
  const movedTo = `${path}.torn`
  await copyTo(movedTo, handle, start, size, mode)
  await handle.truncate(start)
  return { path, bytes: size - start, movedTo }
}

/** The position of a last line without a line break. */
const endOfLastLine = async (handle: FileHandle, size: number): Promise<number> => {
  for (let end = size; end > 0; end -= chunkBytes) {
    const start = Math.max(0, end - chunkBytes)
    const newline = (await read(handle, start, end)).lastIndexOf(0x0a)
    if (newline >= 0) return start + newline + 1
  }
  return 0
}

/** Only an object or list is known to be whole: 12 may be the torn beginning of the line 123. */
const isWhole = async (handle: FileHandle, start: number, end: number): Promise<boolean> => {
  if (end - start > longestParsed) return false
  try {
    const value: unknown = JSON.parse((await read(handle, start, end)).toString('utf8'))
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

const copyTo = async (path: string, from: FileHandle, start: number, end: number, mode: number): Promise<void> => {
  const to = await open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode)
  try {
    for (let at = start; at < end; at += chunkBytes)
      await to.appendFile(await read(from, at, Math.min(end, at + chunkBytes)))
    await to.appendFile('\n')
    await to.datasync()
  } finally {
    await to.close()
  }
}

const read = async (handle: FileHandle, start: number, end: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
  return buffer.subarray(0, bytesRead)
}
