/** Converts a value to JSON data: offsets to texts, since they may exceed the range of JSON's numbers. */
const jsonOf = (value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, jsonOf(part)]))
}

/** The same report with a `toJSON` for `JSON.stringify`, which is not enumerable. */
export const jsonReport = <A extends object>(report: A): A =>
  Object.defineProperty(report, 'toJSON', { value: () => jsonOf(report) })
