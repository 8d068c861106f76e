import { isDate } from './is-date.js'

/**
 * Whether two values are deeply equal: plain data, arrays, maps, sets, dates, bytes, errors. Maps and sets are compared without
 * order.
 */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (isDate(a)) return String(Number(a)) === String(Number(b))
  if (a instanceof Error) return a.message === (b as Error).message && a.name === (b as Error).name
  if (a instanceof Map || a instanceof Set)
    return equalInAnyOrder([...(a as Iterable<unknown>)], [...(b as Iterable<unknown>)])
  if (ArrayBuffer.isView(a) && !(a instanceof DataView))
    return equalLists([...(a as Uint8Array)], [...(b as Uint8Array)])
  if (Array.isArray(a)) return equalLists(a, b as readonly unknown[])
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && deepEqual(Reflect.get(a, name), Reflect.get(b, name)))
  )
}

const equalLists = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => deepEqual(item, b[index]))

/** Whether each item of one has a counterpart in the other. */
const equalInAnyOrder = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  const rest = [...b]
  return (
    a.length === b.length &&
    a.every((item) => {
      const found = rest.findIndex((other) => deepEqual(item, other))
      if (found >= 0) rest.splice(found, 1)
      return found >= 0
    })
  )
}
