import * as t from 'io-ts'

/** Whether a codec has a recursive one anywhere within, as far as it shows its parts. */
export const isRecursive = (codec: unknown, seen = new Set<unknown>()): boolean => {
  if (!isObject(codec) || seen.has(codec)) return false
  seen.add(codec)
  if (codec instanceof t.RecursiveType) return true
  const { props, types, type, domain, codomain } = codec as Readonly<Record<string, unknown>>
  return [type, domain, codomain, ...partsOf(types), ...partsOf(props)].some((part) => isRecursive(part, seen))
}

const partsOf = (of: unknown): readonly unknown[] => (isObject(of) ? Object.values(of) : [])
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
