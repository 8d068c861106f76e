/** Groups items by key; groups, and items within them, keep their order. */
export const groupedBy = <K, A>(items: Iterable<A>, keyOf: (item: A) => K): Map<K, A[]> => {
  const groups = new Map<K, A[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    // Pushing is cheaper than copying: one group may have all items.
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
