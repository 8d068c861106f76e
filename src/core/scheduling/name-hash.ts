const start = 0x811c9dc5
const prime = 0x01000193

/** The 32-bit hash of a name (FNV-1a). */
export const hashOfName = (name: string): number => {
  let hash = start | 0
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), prime)
  return hash
}

/** Continues the hash of a name by one character for each byte. */
export const hashOfBytes = (before: number, bytes: Uint8Array): number => {
  let hash = before
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), prime)
  return hash
}

/**
 * Counts names by their hashes: whether a name is absent is known without creating its string. If its hash is present, the
 * name may still be absent.
 */
export class NameCounts {
  private readonly counts = new Map<number, number>()

  add(hash: number): void {
    this.counts.set(hash, (this.counts.get(hash) ?? 0) + 1)
  }

  /** Ends one `add`. */
  remove(hash: number): void {
    const left = (this.counts.get(hash) ?? 0) - 1
    if (left > 0) this.counts.set(hash, left)
    else this.counts.delete(hash)
  }

  get isEmpty(): boolean {
    return this.counts.size === 0
  }

  /** False if no counted name has this hash. */
  mayHave(hash: number): boolean {
    return this.counts.has(hash)
  }
}
