// What a socket of Node itself takes: Kafka's Fetch and Produce by hand, one broker, no group, no checks, no records as objects.
import { connect } from 'node:net'

const fetchKey = 1
const metadataKey = 3
const produceKey = 0

/** A request: header version 1 and a body, whose fields are written in order. */
const request = (key, version, size, write) => {
  const buffer = Buffer.allocUnsafe(size + 64)
  let at = buffer.writeInt16BE(key, 4)
  at = buffer.writeInt16BE(version, at)
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt16BE(-1, at)
  at = write(buffer, at)
  buffer.writeInt32BE(at - 4, 0)
  return buffer.subarray(0, at)
}

const writeText = (buffer, at, text) => {
  const start = buffer.writeInt16BE(Buffer.byteLength(text), at)
  return start + buffer.write(text, start)
}

/** A connection on which answers come in the order of their requests; an answer is read into memory that the next one reuses. */
export const open = (brokers) => {
  const [host, port] = brokers.split(',')[0].split(':')
  let frame = Buffer.allocUnsafeSlow(1 << 20)
  let held = 0
  const waiting = []
  const room = () => {
    const needed = held < 4 ? 4 : 4 + frame.readInt32BE(0)
    if (needed > frame.length) {
      const larger = Buffer.allocUnsafeSlow(needed + (1 << 20))
      frame.copy(larger, 0, 0, held)
      frame = larger
    }
    return frame.subarray(held)
  }
  const read = (bytes) => {
    held += bytes
    let from = 0
    while (held - from >= 4 && held - from >= 4 + frame.readInt32BE(from)) {
      const to = from + 4 + frame.readInt32BE(from)
      waiting.shift()(frame.subarray(from + 8, to))
      from = to
    }
    if (from > 0) frame.copy(frame, 0, from, held)
    held -= from
    return true
  }
  const socket = connect({ host, port: Number(port), noDelay: true, onread: { buffer: room, callback: read } })
  return {
    ask: (parts, answered) => {
      waiting.push(answered)
      socket.cork()
      for (const part of [parts].flat()) socket.write(part)
      socket.uncork()
    },
    close: () => socket.destroy()
  }
}

/** The partitions of a topic: Metadata v1. */
export const partitionsOf = (connection, topic) =>
  new Promise((resolve) => {
    const asked = request(metadataKey, 1, topic.length, (buffer, at) =>
      writeText(buffer, buffer.writeInt32BE(1, at), topic)
    )
    connection.ask(asked, (answer) => {
      let at = 4
      for (let left = answer.readInt32BE(0); left > 0; left--) {
        at += 4
        at += 2 + answer.readInt16BE(at) + 4
        at += 2 + Math.max(0, answer.readInt16BE(at))
      }
      at += 4 + 4 + 2
      at += 2 + answer.readInt16BE(at) + 1
      resolve(answer.readInt32BE(at))
    })
  })

/** Fetch v4 of all partitions from these offsets, with the limits that clients have by default. */
export const fetchOf = (topic, offsets) =>
  request(fetchKey, 4, topic.length + offsets.length * 16, (buffer, start) => {
    let at = buffer.writeInt32BE(-1, start)
    at = buffer.writeInt32BE(500, at)
    at = buffer.writeInt32BE(1, at)
    at = buffer.writeInt32BE(52_428_800, at)
    at = buffer.writeInt8(0, at)
    at = buffer.writeInt32BE(1, at)
    at = writeText(buffer, at, topic)
    at = buffer.writeInt32BE(offsets.length, at)
    for (let partition = 0; partition < offsets.length; partition++) {
      at = buffer.writeInt32BE(partition, at)
      at = buffer.writeBigInt64BE(BigInt(offsets[partition]), at)
      at = buffer.writeInt32BE(1 << 20, at)
    }
    return at
  })

/** The batches of an answer, and the offsets after them. */
export const batchesOf = (answer, offsets) => {
  const batches = []
  let at = 4 + 4
  at += 2 + answer.readInt16BE(at)
  let left = answer.readInt32BE(at)
  at += 4
  for (; left > 0; left--) {
    const partition = answer.readInt32BE(at)
    if (answer.readInt16BE(at + 4) !== 0) throw new Error(`error ${answer.readInt16BE(at + 4)}`)
    at += 4 + 2 + 8 + 8
    at += 4 + 16 * Math.max(0, answer.readInt32BE(at))
    const end = at + 4 + Math.max(0, answer.readInt32BE(at))
    at += 4
    while (end - at >= 61 && at + 12 + answer.readInt32BE(at + 8) <= end) {
      batches.push(at)
      offsets[partition] = Number(answer.readBigInt64BE(at)) + answer.readInt32BE(at + 23) + 1
      at += 12 + answer.readInt32BE(at + 8)
    }
    at = end
  }
  return batches
}

/** Calls `take` with where the value of each record begins and ends; for uncompressed records without headers. */
export const walk = (answer, batch, take) => {
  let at = batch + 61
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = answer[at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
  }
  for (let left = answer.readInt32BE(batch + 57); left > 0; left--) {
    const length = varint()
    const end = at + length
    at++
    varint()
    varint()
    const key = varint()
    if (key > 0) at += key
    const size = varint()
    take(at, at + size)
    at = end
  }
}

/** Produce v3 of one batch, acks all, in two parts so that the batch is not copied. */
export const produceOf = (topic, partition, batch) => {
  const head = request(produceKey, 3, topic.length, (buffer, start) => {
    let at = buffer.writeInt16BE(-1, start)
    at = buffer.writeInt16BE(-1, at)
    at = buffer.writeInt32BE(30_000, at)
    at = buffer.writeInt32BE(1, at)
    at = writeText(buffer, at, topic)
    at = buffer.writeInt32BE(1, at)
    at = buffer.writeInt32BE(partition, at)
    return buffer.writeInt32BE(batch.length, at)
  })
  head.writeInt32BE(head.length - 4 + batch.length, 0)
  return [head, batch]
}

/** Throws unless the one partition of a Produce was written. */
export const written = (answer) => {
  let at = 4
  at += 2 + answer.readInt16BE(at)
  const error = answer.readInt16BE(at + 8)
  if (error !== 0) throw new Error(`error ${error}`)
}
