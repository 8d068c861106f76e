import * as t from 'io-ts'
import { isoDurationMs } from './iso-duration.js'

/** `auto.offset.reset`, decoded. */
export type AutoOffsetReset = 'earliest' | 'latest' | 'none' | ByDuration

/** Begins with the first record that is no older than this, and at the end if there is none. */
export interface ByDuration {
  readonly _tag: 'by_duration'
  readonly ms: number
}

const prefix = 'by_duration:'

const decode = (value: unknown): AutoOffsetReset | null => {
  if (value === 'earliest' || value === 'latest' || value === 'none') return value
  if (typeof value !== 'string' || !value.startsWith(prefix)) return null
  const ms = isoDurationMs(value.slice(prefix.length))
  return ms === null || ms < 0 || ms > Number.MAX_SAFE_INTEGER ? null : { _tag: 'by_duration', ms }
}

export const autoOffsetReset: t.Decoder<unknown, AutoOffsetReset> & { readonly name: string } = new t.Type<
  AutoOffsetReset,
  unknown
>(
  '"earliest", "latest", "none" or "by_duration:" with an ISO 8601 duration that is not negative, of days and shorter ("by_duration:P1DT12H")',
  (value): value is AutoOffsetReset => decode(value) !== null,
  (value, context) => {
    const decoded = decode(value)
    return decoded === null ? t.failure(value, context) : t.success(decoded)
  },
  t.identity
)
