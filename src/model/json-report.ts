/**
 * Makes a report fit for `JSON.stringify`, which throws at a bigint: offsets become texts, since they may exceed the range of
 * JSON's numbers. `toJSON` is not enumerable, so it is in no copy and no comparison.
 */
export const jsonReport = <A extends object>(report: A): A =>
  Object.isExtensible(report) ? Object.defineProperty(report, 'toJSON', sharedToJson) : report

// One function for all, so that a report may be prepared twice.
const sharedToJson: PropertyDescriptor = {
  value(this: object): unknown {
    return partsOf(this, [this])
  }
}

const partsOf = (value: object, within: readonly object[]): unknown =>
  Array.isArray(value)
    ? value.map((part: unknown) => partOf(part, within))
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, partOf(part, within)]))

/** A part of a report, or a fault. Causes come from users and drivers: they may be errors, which JSON shows as `{}`, or refer to themselves. */
export const partOf = (value: unknown, within: readonly object[] = []): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value
  if (within.includes(value)) return '[circular]'
  if (value instanceof Error) return { name: value.name, message: value.message }
  return partsOf(value, [...within, value])
}
