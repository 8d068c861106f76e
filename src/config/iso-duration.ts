const grammar =
  /^(?<sign>[-+]?)P(?:(?<days>[-+]?\d+)D)?(?:T(?=[-+\d])(?:(?<hours>[-+]?\d+)H)?(?:(?<minutes>[-+]?\d+)M)?(?:(?<seconds>[-+]?\d+)(?:[.,](?<fraction>\d{0,9}))?S)?)?$/i

/**
 * The ms of an ISO 8601 duration of days and shorter units, `PnDTnHnMn.nS`; null for any other text. Accepts what Java's
 * `Duration.parse` accepts: either case, a sign before the whole and before each part, a comma instead of the point.
 */
export const isoDurationMs = (text: string): number | null => {
  const parts = grammar.exec(text)?.groups
  if (parts === undefined) return null
  const { sign, days, hours, minutes, seconds, fraction } = parts
  const given = [days, hours, minutes, seconds]
  if (given.every((part) => part === undefined)) return null
  const [d = 0, h = 0, m = 0, s = 0] = given.map((part) => Number(part ?? 0))
  const ofSecond = Number(`0.${fraction ?? ''}0`) * (seconds?.startsWith('-') === true ? -1 : 1)
  const ms = (((d * 24 + h) * 60 + m) * 60 + s + ofSecond) * 1_000
  // Turns -0 into 0.
  return (sign === '-' ? -ms : ms) + 0
}
