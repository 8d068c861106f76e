/** Random whole numbers below a bound. */
export type Pick = (below: number) => number

const extremes = [0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, -0x8000_0000, 1_000_001, 0x00ff_ffff]

/** The bytes with a few things done to them, of the kinds that find what a reader believes. `others`: what is spliced in. */
export const mutate = (bytes: Uint8Array, others: readonly Uint8Array[], pick: Pick): Buffer => {
  let made: Buffer = Buffer.from(bytes)
  for (let changes = 1 + pick(4); changes > 0; changes--) made = changed(made, others, pick)
  return made
}

const changed = (bytes: Buffer, others: readonly Uint8Array[], pick: Pick): Buffer => {
  if (bytes.length === 0) return Buffer.from([pick(256)])
  const at = pick(bytes.length)
  switch (pick(9)) {
    case 0:
      bytes[at] = pick(256)
      return bytes
    case 1:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8))
      return bytes
    case 2:
      bytes[at] = [0, 0x7f, 0x80, 0xff][pick(4)] ?? 0
      return bytes
    case 3:
      if (at + 4 <= bytes.length) bytes.writeInt32BE(extremes[pick(extremes.length)] ?? 0, at)
      return bytes
    case 4:
      if (at + 2 <= bytes.length) bytes.writeInt16BE([-1, 0, 0x7fff, -0x8000][pick(4)] ?? 0, at)
      return bytes
    case 5:
      return bytes.subarray(0, at)
    case 6: {
      // A part comes twice.
      const end = at + pick(Math.min(64, bytes.length - at))
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)])
    }
    case 7:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(8))])
    default: {
      const other = others[pick(others.length)] ?? bytes
      const from = pick(Math.max(1, other.length))
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + pick(64)), bytes.subarray(at)])
    }
  }
}
