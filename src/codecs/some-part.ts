/** Whether the condition holds for a codec or for any of its visible parts. */
export const somePart = (
  codec: unknown,
  isSuch: (part: object) => boolean,
  seen: Set<unknown> = new Set<unknown>()
): boolean => {
  if (!isObject(codec) || seen.has(codec)) return false
  seen.add(codec)
  if (isSuch(codec)) return true
  const { props, types, type, domain, codomain } = codec as Readonly<Record<string, unknown>>
  return [type, domain, codomain, ...partsOf(types), ...partsOf(props)].some((part) => somePart(part, isSuch, seen))
}

const partsOf = (of: unknown): readonly unknown[] => (isObject(of) ? Object.values(of) : [])
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
