import * as t from 'io-ts'

// io-ts keeps these in closures. They are reconstructed by its own rules; null means that the rules do not apply.

/** The props whose keys an exact codec keeps. */
export const propsOf = (codec: unknown): object | null => {
  if (codec instanceof t.InterfaceType || codec instanceof t.PartialType) return codec.props as object
  if (codec instanceof t.RefinementType || codec instanceof t.ReadonlyType) return propsOf(codec.type)
  if (!(codec instanceof t.IntersectionType)) return null
  const all = (codec.types as readonly unknown[]).map(propsOf)
  return all.every((props) => props !== null) ? (Object.assign({}, ...all) as object) : null
}

/** The keys of a record that requires each of them. */
export const domainKeys = (domain: unknown): readonly string[] | null => {
  if (domain instanceof t.LiteralType) return typeof domain.value === 'string' ? [domain.value] : null
  if (domain instanceof t.KeyofType) return Object.keys(domain.keys as object)
  if (!(domain instanceof t.UnionType)) return null
  const all = (domain.types as readonly unknown[]).map(domainKeys)
  return all.every((keys) => keys !== null) ? all.flat() : null
}

/** The literals that a member of a tagged union accepts as its tag. */
export const tagValues = (codec: unknown, tag: string, within: readonly unknown[] = []): readonly unknown[] | null => {
  if (codec instanceof t.InterfaceType) {
    const prop: unknown = (codec.props as t.Props)[tag]
    return prop instanceof t.LiteralType ? [prop.value] : null
  }
  if (codec instanceof t.ExactType || codec instanceof t.RefinementType || codec instanceof t.ReadonlyType)
    return tagValues(codec.type, tag, within)
  if (codec instanceof t.RecursiveType)
    return within.includes(codec) ? null : tagValues(codec.runDefinition(), tag, [...within, codec])
  if (codec instanceof t.UnionType || codec instanceof t.IntersectionType) {
    const all = (codec.types as readonly unknown[]).map((member) => tagValues(member, tag, within))
    if (codec instanceof t.UnionType) return all.every((values) => values !== null) ? all.flat() : null
    const named = all.filter((values) => values !== null)
    return named.length === 1 ? (named[0] ?? null) : null
  }
  return null
}
