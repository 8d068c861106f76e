/** Items by what they have in common; groups, and items within them, in the order in which they came. */
export const groupedBy = <K, A>(items: Iterable<A>, keyOf: (item: A) => K): Map<K, A[]> => {
  const groups = new Map<K, A[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    // Pushed, not copied: the largest group may have everything.
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
