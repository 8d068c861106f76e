/** Whether two values are the same, part by part: plain data, arrays, maps, sets, dates, bytes, errors. */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (Object.prototype.toString.call(a) === '[object Date]') return String(Number(a)) === String(Number(b))
  if (a instanceof Error) return a.message === (b as Error).message && a.name === (b as Error).name
  if (a instanceof Map) return equalLists([...(a as Map<unknown, unknown>)], [...(b as Map<unknown, unknown>)])
  if (a instanceof Set) return equalLists([...(a as Set<unknown>)], [...(b as Set<unknown>)])
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
