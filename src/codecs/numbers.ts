import { right } from 'fp-ts/lib/Either.js'
import { printableValue } from '../model/printable.js'
import type { Codec } from './codec.js'
import { decodeFault } from './decode-fault.js'

/**
 * Big-endian numbers of fixed width, as written by Kafka's serializers. Values out of range are refused: a `DataView` would
 * silently write another number.
 */
const fixed = <A>(
  width: number,
  name: string,
  fits: (value: unknown) => boolean,
  read: (view: DataView) => A,
  write: (view: DataView, value: A) => void
): Codec<A> => ({
  encode: (value) => {
    if (!fits(value)) throw new RangeError(`${printableValue(value)} is not ${name}`)
    const view = new DataView(new ArrayBuffer(width))
    write(view, value)
    return new Uint8Array(view.buffer)
  },
  decode: (bytes) => {
    if (bytes === null) return decodeFault('number', `null where ${name} is expected`)
    if (bytes.length !== width)
      return decodeFault('number', `${String(bytes.length)} bytes where ${name} has ${String(width)}`)
    return right(read(new DataView(bytes.buffer, bytes.byteOffset, width)))
  }
})

const isInteger =
  (bits: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)
const isInt64 = (value: unknown): boolean => typeof value === 'bigint' && BigInt.asIntN(64, value) === value
const isNumber = (value: unknown): boolean => typeof value === 'number'

/**
 * Two bytes, as Java's `ShortSerializer` writes; any other number of bytes, and null, is a `DecodeFault`.
 *
 * @example
 * deserialize({ key: int16 })
 */
export const int16: Codec<number> = fixed(
  2,
  'an int16',
  isInteger(16),
  (view) => view.getInt16(0),
  (view, value) => {
    view.setInt16(0, value)
  }
)
/**
 * Four bytes, as Java's `IntegerSerializer` writes; any other number of bytes, and null, is a `DecodeFault`.
 *
 * @example
 * deserialize({ key: int32 })
 */
export const int32: Codec<number> = fixed(
  4,
  'an int32',
  isInteger(32),
  (view) => view.getInt32(0),
  (view, value) => {
    view.setInt32(0, value)
  }
)
/**
 * Eight bytes, as Java's `LongSerializer` writes: a bigint, since a double would lose digits. Any other number of bytes, and
 * null, is a `DecodeFault`.
 *
 * @example
 * deserialize({ key: int64 })
 */
export const int64: Codec<bigint> = fixed(
  8,
  'an int64',
  isInt64,
  (view) => view.getBigInt64(0),
  (view, value) => {
    view.setBigInt64(0, value)
  }
)
/**
 * Four bytes, as Java's `FloatSerializer` writes; any other number of bytes, and null, is a `DecodeFault`.
 *
 * @example
 * deserialize({ value: float32 })
 */
export const float32: Codec<number> = fixed(
  4,
  'a float32',
  isNumber,
  (view) => view.getFloat32(0),
  (view, value) => {
    view.setFloat32(0, value)
  }
)
/**
 * Eight bytes, as Java's `DoubleSerializer` writes; any other number of bytes, and null, is a `DecodeFault`.
 *
 * @example
 * deserialize({ value: float64 })
 */
export const float64: Codec<number> = fixed(
  8,
  'a float64',
  isNumber,
  (view) => view.getFloat64(0),
  (view, value) => {
    view.setFloat64(0, value)
  }
)
