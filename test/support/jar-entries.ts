import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

/** The files in a jar whose name matches, as texts by their names. */
export const jarEntries = (jar: string, wanted: RegExp): ReadonlyMap<string, string> => {
  const bytes = readFileSync(jar)
  // The directory is named at the end, before a comment that jars do not have.
  const end = bytes.lastIndexOf(Buffer.from('504b0506', 'hex'))
  const texts = new Map<string, string>()
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)]
    const [nameLength, extra, comment] = [
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32)
    ]
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    const local = bytes.readUInt32LE(at + 42)
    at += 46 + nameLength + extra + comment
    if (!wanted.test(name)) continue
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = bytes.subarray(from, from + packed)
    texts.set(name, (method === 0 ? content : inflateRawSync(content)).toString())
  }
  return texts
}
