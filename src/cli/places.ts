import type { Position } from '../model/position.js'
import { UsageError } from './usage-error.js'

/** A place in each log of a topic. */
export type LogPlace =
  | { readonly at: 'beginning' | 'end' }
  | { readonly at: 'offset'; readonly offset: bigint }
  | { readonly at: 'time'; readonly timestamp: number }
  | { readonly at: 'last'; readonly count: number }

export const placeUsage =
  'beginning, end, an offset, -N (the last N), a time (2026-01-31T10:00:00Z) or how long ago (10m, 2h, 1d)'

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Parses a place in a log from a flag. Times without a zone are local times. */
export const logPlaceOf = (flag: string, given: string, now: number): LogPlace => {
  if (given === 'beginning' || given === 'end') return { at: given }
  if (/^\d+$/.test(given)) return { at: 'offset', offset: BigInt(given) }
  if (/^-\d+$/.test(given)) return { at: 'last', count: Number(given.slice(1)) }
  const [, ago, unit] = /^(\d+)([smhd])$/.exec(given) ?? []
  if (ago !== undefined && unit !== undefined) return { at: 'time', timestamp: now - Number(ago) * (units[unit] ?? 0) }
  const timestamp = Date.parse(given)
  if (/^\d{4}-/.test(given) && !Number.isNaN(timestamp)) return { at: 'time', timestamp }
  throw new UsageError(`--${flag} takes ${placeUsage}, not ${JSON.stringify(given)}`)
}

/** The position to read from; null if the log's end has to be known first. */
export const positionAt = (place: LogPlace): Position | null => {
  switch (place.at) {
    case 'beginning':
    case 'end':
      return place.at
    case 'offset':
      return { offset: place.offset }
    case 'time':
      return { timestamp: place.timestamp }
    case 'last':
      return null
  }
}
