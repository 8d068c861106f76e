import { readFileSync } from 'node:fs'
import type { Schedule } from './schedule.js'

const folder = new URL('../fixtures/schedules/', import.meta.url)

/**
 * Schedules that once broke an invariant, as data: whatever the generator makes of their seeds by now. One schedule a line
 * in `test/fixtures/schedules`; the file's name says what went wrong.
 */
export const keptSchedules = (name: string): readonly Schedule[] =>
  readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Schedule)
