const encoder = /*#__PURE__*/ new TextEncoder()

/** From this length on the encoder is faster than a loop, though it is called through a view. */
const longText = 64

/** How many bytes a text takes in UTF-8. */
export const textBytes = (text: string): number => {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes++
    else {
      bytes += 2
      // A pair takes four bytes in all; half of one by itself becomes U+FFFD, which takes three.
      if (isHigh(unit) && isLow(text.charCodeAt(index + 1))) index++
    }
  }
  return bytes
}

/** Writes a text as UTF-8; `length` is what `textBytes` says of it. */
export const writeText = (bytes: Uint8Array, at: number, text: string, length: number): void => {
  if (length !== text.length || length >= longText) {
    encoder.encodeInto(text, bytes.subarray(at, at + length))
    return
  }
  for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index)
}

const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00
