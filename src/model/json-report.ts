/** As data that JSON has: offsets as text, since they may exceed the range of its numbers. */
const jsonOf = (value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, jsonOf(part)]))
}

/** The same report, which `JSON.stringify` can write. What does so is not among its properties. */
export const jsonReport = <A extends object>(report: A): A =>
  Object.defineProperty(report, 'toJSON', { value: () => jsonOf(report) })
