import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** When something of this was changed last, in ms since 1970: files, and folders with all in them. */
export const newest = (...paths) => Math.max(0, ...paths.map(newestOf))

const newestOf = (path) => {
  const { mtimeMs, isDirectory } = about(path)
  // A folder's own time tells of files that are gone.
  return isDirectory ? Math.max(mtimeMs, newest(...readdirSync(path).map((name) => join(path, name)))) : mtimeMs
}

const about = (path) => {
  const stats = statSync(path, { throwIfNoEntry: false })
  return { mtimeMs: stats?.mtimeMs ?? Infinity, isDirectory: stats?.isDirectory() ?? false }
}
