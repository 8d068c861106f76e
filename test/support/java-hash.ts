/** `String.hashCode` of Java. */
const javaHash = (text: string): number => {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

/** The partition of `__consumer_offsets` that has the group's offsets; its leader coordinates the group. */
export const offsetsPartitionOf = (group: string, partitions: number): number => Math.abs(javaHash(group)) % partitions
