/** Puts back what was there. */
export type Undo = () => void

interface Class {
  readonly prototype: object
}

const descriptorOf = ({ prototype }: Class, name: string): PropertyDescriptor => {
  const found = Object.getOwnPropertyDescriptor(prototype, name)
  if (found === undefined) throw new Error(`there is no ${name} any more`)
  return found
}

/** Replaces a method of every instance. Private ones too: their types are the caller's word. */
export const patchMethod = <Self, Given extends unknown[], Result>(
  type: Class,
  name: string,
  replacement: (self: Self, original: (...given: Given) => Result, ...given: Given) => Result
): Undo => {
  const former = descriptorOf(type, name)
  const original = former.value as (this: Self, ...given: Given) => Result
  const value = function (this: Self, ...given: Given): Result {
    return replacement(this, (...passed) => original.apply(this, passed), ...given)
  }
  Object.defineProperty(type.prototype, name, { ...former, value })
  return () => Object.defineProperty(type.prototype, name, former)
}

export const patchGetter = <Self, Result>(
  type: Class,
  name: string,
  replacement: (self: Self, original: () => Result) => Result
): Undo => {
  const former = descriptorOf(type, name)
  const get = function (this: Self): Result {
    return replacement(this, () => former.get?.call(this) as Result)
  }
  Object.defineProperty(type.prototype, name, { ...former, get })
  return () => Object.defineProperty(type.prototype, name, former)
}

/** The same object but for some of its methods. */
export const withOverrides = <T extends object>(target: T, overrides: Partial<T>): T =>
  new Proxy(target, {
    get: (original, key) => {
      const value: unknown = Reflect.get(key in overrides ? overrides : original, key)
      return typeof value === 'function' ? (value.bind(original) as unknown) : value
    }
  })
