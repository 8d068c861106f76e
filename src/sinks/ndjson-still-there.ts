import { type FileHandle, lstat } from 'node:fs/promises'

/**
 * Whether an open file is still the one of this path: another program may have `moved` it, so that what was appended is
 * in a file of another name, or `removed` it, and then nobody finds it.
 */
export const stillThere = async (handle: FileHandle, path: string): Promise<'there' | 'moved' | 'removed'> => {
  const own = await handle.stat({ bigint: true })
  try {
    const found = await lstat(path, { bigint: true })
    if (found.ino === own.ino && found.dev === own.dev) return 'there'
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')))
      throw error
  }
  return own.nlink === 0n ? 'removed' : 'moved'
}
