/** Decoding read more of a value than it may. */
export class TooManyReads extends Error {
  override readonly name = 'TooManyReads'
}

/**
 * A view of a parsed JSON value that throws `TooManyReads` when reading its parts has cost more than `limit`. This bounds
 * io-ts, which tries each member of a union to the end and keeps an error for each part that does not fit. A read costs one for
 * each level above it, since those errors are copied level by level.
 */
export const limitedReads = (value: unknown, limit: number): unknown => {
  let left = limit
  const views = new WeakMap<object, object>()
  const viewOf = (part: unknown, depth: number): unknown => {
    if (typeof part !== 'object' || part === null) return part
    const known = views.get(part)
    if (known !== undefined) return known
    const pay = (): void => {
      left -= depth
      if (left < 0) throw new TooManyReads()
    }
    const view = new Proxy(part, {
      get: (target, key) => {
        pay()
        return viewOf(Reflect.get(target, key), depth + 1)
      },
      has: (target, key) => {
        pay()
        return Reflect.has(target, key)
      },
      ownKeys: (target) => {
        pay()
        return Reflect.ownKeys(target)
      },
      getOwnPropertyDescriptor: (target, key) => {
        pay()
        const found = Reflect.getOwnPropertyDescriptor(target, key)
        // The length of an array can only be described as it is.
        return found?.configurable === true ? { ...found, value: viewOf(found.value, depth + 1) } : found
      }
    })
    views.set(part, view)
    return view
  }
  return viewOf(value, 1)
}
