/*
 * 64-bit arithmetic in halves of 32 bits: a bigint operation takes about 100 ns, and a megabyte needs half a million of them.
 */
const prime1 = { high: 0x9e3779b1, low: 0x85ebca87 }
const prime2 = { high: 0xc2b2ae3d, low: 0x27d4eb4f }
const prime3 = { high: 0x165667b1, low: 0x9e3779f9 }
const prime4 = { high: 0x85ebca77, low: 0xc2b2ae63 }
const prime5 = { high: 0x27d4eb2f, low: 0x165667c5 }

/** The lower half of the XXH64 hash of the bytes, seed 0: what a zstd frame ends with (RFC 8878, 3.1.1). */
export const xxhash64 = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const hash = new Half64(prime5)
  const word = new Half64()
  const wordAt = (at: number): Half64 => word.set(view.getUint32(at + 4, true), view.getUint32(at, true))
  let at = 0
  if (bytes.length >= 32) {
    const a = new Half64(prime1).add(prime2)
    const b = new Half64(prime2)
    const c = new Half64()
    const d = new Half64(prime1).negate()
    for (; at + 32 <= bytes.length; at += 32) {
      round(a, wordAt(at))
      round(b, wordAt(at + 8))
      round(c, wordAt(at + 16))
      round(d, wordAt(at + 24))
    }
    hash.set(0, 0)
    for (const [lane, bits] of [
      [a, 1],
      [b, 7],
      [c, 12],
      [d, 18]
    ] as const)
      hash.add(new Half64(lane).rotate(bits))
    for (const lane of [a, b, c, d])
      hash
        .xor(round(word.set(0, 0), lane))
        .multiply(prime1)
        .add(prime4)
  }
  hash.add({ high: 0, low: bytes.length })
  for (; at + 8 <= bytes.length; at += 8) {
    const mixed = round(new Half64(), wordAt(at))
    hash.xor(mixed).rotate(27).multiply(prime1).add(prime4)
  }
  if (at + 4 <= bytes.length) {
    hash
      .xor(word.set(0, view.getUint32(at, true)).multiply(prime1))
      .rotate(23)
      .multiply(prime2)
      .add(prime3)
    at += 4
  }
  for (; at < bytes.length; at++)
    hash
      .xor(word.set(0, view.getUint8(at)).multiply(prime5))
      .rotate(11)
      .multiply(prime1)
  hash.xor(word.set(0, hash.high >>> 1)).multiply(prime2)
  hash.xor(shiftedBy29(word, hash)).multiply(prime3)
  return (hash.low ^ hash.high) >>> 0
}

interface Halves {
  readonly high: number
  readonly low: number
}

const round = (sum: Half64, input: Half64): Half64 => {
  input.multiply(prime2)
  return sum.add(input).rotate(31).multiply(prime1)
}

const shiftedBy29 = (into: Half64, { high, low }: Halves): Half64 => into.set(high >>> 29, (high << 3) | (low >>> 29))

/** An unsigned number of 64 bits that is changed in place. */
class Half64 implements Halves {
  high: number
  low: number

  constructor({ high, low }: Halves = { high: 0, low: 0 }) {
    this.high = high
    this.low = low
  }

  set(high: number, low: number): this {
    this.high = high
    this.low = low
    return this
  }

  add({ high, low }: Halves): this {
    const sum = (this.low >>> 0) + (low >>> 0)
    this.low = sum | 0
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0
    return this
  }

  negate(): this {
    return this.set(~this.high, ~this.low).add({ high: 0, low: 1 })
  }

  xor({ high, low }: Halves): this {
    this.high ^= high
    this.low ^= low
    return this
  }

  /** To the left, by less than 32 bits. */
  rotate(bits: number): this {
    const { high, low } = this
    return this.set((high << bits) | (low >>> (32 - bits)), (low << bits) | (high >>> (32 - bits)))
  }

  multiply({ high, low }: Halves): this {
    const cross = Math.imul(this.high, low) + Math.imul(this.low, high)
    this.high = (upperProduct(this.low, low) + cross) | 0
    this.low = Math.imul(this.low, low)
    return this
  }
}

/** The upper 32 bits of the product of two unsigned numbers. */
const upperProduct = (a: number, b: number): number => {
  const lowA = a & 0xffff
  const highA = a >>> 16
  const lowB = b & 0xffff
  const highB = b >>> 16
  const middle = highA * lowB + ((lowA * lowB) >>> 16)
  const other = lowA * highB + (middle & 0xffff)
  return highA * highB + (middle >>> 16) + (other >>> 16)
}
