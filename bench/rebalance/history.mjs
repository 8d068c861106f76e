// Histories: JSON lines with the time in ms, one file for each process of the rig.
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'

/** ms with fractions; the processes of one machine share the clock. */
export const now = () => Math.round((performance.timeOrigin + performance.now()) * 10) / 10

export const historyWriter = (file) => {
  const open = openSync(file, 'a')
  let waiting = ''
  const later = (event) => {
    waiting += `${JSON.stringify({ t: now(), ...event })}\n`
  }
  return {
    /** With the next line, in the same call of the system. */
    later,
    /** In the file when it returns, whatever becomes of the process. */
    write: (event) => {
      later(event)
      const lines = waiting
      waiting = ''
      writeSync(open, lines)
    }
  }
}

/** A process that was killed may have been cut off in its last line. */
const linesOf = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

/** The histories in a folder, by the name of their process. */
export const readHistories = (folder) =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => [basename(name, '.jsonl'), linesOf(join(folder, name))])
  )
