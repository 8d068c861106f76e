/**
 * The hash by which Java's client chooses the partition of a key (`Utils.murmur2`, seed 0x9747b28c), as a signed 32-bit number:
 * both clients write a key to the same partition.
 */
export const murmur2 = (bytes: Uint8Array): number => {
  const m = 0x5bd1e995
  const { length } = bytes
  let hash = 0x9747b28c ^ length
  const words = length >> 2
  for (let word = 0; word < words; word++) {
    const at = word << 2
    let k = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(k, m)
  }
  const tail = words << 2
  const left = length & 3
  if (left === 3) hash ^= byte(bytes, tail + 2) << 16
  if (left >= 2) hash ^= byte(bytes, tail + 1) << 8
  if (left >= 1) hash = Math.imul(hash ^ byte(bytes, tail), m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, as Java's default partitioner chooses it. An empty key is a key. */
export const partitionForKey = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions

const byte = (bytes: Uint8Array, at: number): number => bytes[at] as number
