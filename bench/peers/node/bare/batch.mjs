// A record batch, written value after value into one piece of memory.
import { crc32c } from '@node-rs/crc32'

const headBytes = 61

/** `add` appends a value of less than 8 KB without a key; `finish` gives the batch, as a view of that memory. */
export const batchWriter = (bytes) => {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  let at = headBytes
  let count = 0
  const varint = (value) => {
    let left = value << 1
    while (left > 0x7f) {
      buffer[at++] = (left & 0x7f) | 0x80
      left >>>= 7
    }
    buffer[at++] = left
  }
  const widthOf = (value) => (value < 64 ? 1 : value < 8_192 ? 2 : value < 1_048_576 ? 3 : 4)
  const begin = (size) => {
    varint(1 + 1 + widthOf(count) + 1 + widthOf(size) + size + 1)
    buffer[at++] = 0
    buffer[at++] = 0
    varint(count++)
    buffer[at++] = 1
    varint(size)
  }
  return {
    get isFull() {
      return at + 8_300 > bytes
    },
    get count() {
      return count
    },
    add: (value) => {
      begin(value.length)
      buffer.set(value, at)
      at += value.length
      buffer[at++] = 0
    },
    addAscii: (text) => {
      begin(text.length)
      buffer.latin1Write(text, at, text.length)
      at += text.length
      buffer[at++] = 0
    },
    finish: () => {
      buffer.fill(0, 0, headBytes)
      buffer.writeInt32BE(at - 12, 8)
      buffer[16] = 2
      buffer.writeInt32BE(count - 1, 23)
      const now = BigInt(Date.now())
      buffer.writeBigInt64BE(now, 27)
      buffer.writeBigInt64BE(now, 35)
      buffer.fill(0xff, 43, 57)
      buffer.writeInt32BE(count, 57)
      buffer.writeUInt32BE(crc32c(buffer.subarray(21, at)), 17)
      return buffer.subarray(0, at)
    },
    clear: () => {
      at = headBytes
      count = 0
    }
  }
}
