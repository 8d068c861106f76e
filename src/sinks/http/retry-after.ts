/** The maximum wait that a server can request. */
const longestMs = 3_600_000

/**
 * The delay that a response asks for, in ms: `Retry-After` has seconds or a date (RFC 9110, 10.2.3). The date is compared
 * with the server's own `Date`, so that a wrong clock here does not matter; without one it says nothing.
 */
export const retryAfterMs = (retryAfter: string | null, date: string | null): number => {
  const header = retryAfter?.trim() ?? ''
  // eslint-disable-next-line no-restricted-globals -- parses texts, and takes no time from this machine
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.parse(date ?? '')
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), longestMs)
}
