/** The edit distance of two words: letters changed, added, removed or swapped. */
const distance = (a: string, b: string): number => {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0))
  )
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      const row = rows[i]
      if (row !== undefined) row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped)
    }
  }
  return at(a.length, b.length)
}

/** The most similar name; undefined if none is similar. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  // Any other letter is only one away.
  if (name.length === 1) return known.find((one) => one.toLowerCase() === name.toLowerCase())
  const [best] = known
    .map((one) => ({ one, far: distance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
  return best !== undefined && best.far <= Math.max(1, Math.floor(name.length / 3)) ? best.one : undefined
}

/** “: did you mean …? There are …”: the hint after an unknown name. */
export const didYouMean = (name: string, known: readonly string[]): string => {
  const meant = nearest(name, known)
  const question = meant === undefined ? '' : ` Did you mean “${meant}”?`
  return `${question}${known.length === 0 ? ' There is none.' : ` There is ${known.join(', ')}.`}`
}
