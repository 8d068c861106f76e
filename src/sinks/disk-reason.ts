import { reasonOf } from '../model/printable.js'

/** What to do about a failure of the file system, by its code. */
const remedies: ReadonlyMap<unknown, string> = /*#__PURE__*/ new Map([
  ['ENOSPC', 'make room on the disk'],
  ['EDQUOT', 'raise the quota of this user, or make room'],
  ['EROFS', 'the file system is mounted for reading only'],
  ['EACCES', 'this process may not write there'],
  ['EPERM', 'this process may not write there'],
  ['EMFILE', 'this process has too many open files: raise its limit (ulimit -n)'],
  ['ENFILE', 'the system has too many open files'],
  ['EIO', 'the disk has failed: see the log of the system']
])

/** Why a file could not be written, and what to do about it. */
export const diskReason = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  const remedy = remedies.get(code)
  return remedy === undefined ? reasonOf(error) : `${reasonOf(error)}; ${remedy}`
}
