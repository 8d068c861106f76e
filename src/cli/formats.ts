import type { Bytes } from '../model/bytes.js'
import { escaped } from '../model/printable.js'

/** The format of keys and values for input and output. */
export type Format = 'text' | 'json' | 'hex' | 'base64'
export const formats: readonly [Format, ...Format[]] = ['text', 'json', 'hex', 'base64']

/** A key or value as a part of JSON output; with `json`, content that is JSON stays structured. */
export const asJson = (bytes: Bytes | null, format: Format): unknown => {
  if (bytes === null) return null
  if (format !== 'json') return asText(bytes, format)
  try {
    return JSON.parse(asText(bytes, 'text')) as unknown
  } catch {
    return asText(bytes, 'text')
  }
}

/** A key or value as a text. For a terminal control characters are escaped, since they could do more than be displayed. */
export const asText = (bytes: Bytes | null, format: Format, forTerminal = false): string => {
  if (bytes === null) return ''
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (format === 'hex' || format === 'base64') return view.toString(format)
  const text = view.toString('utf8')
  return forTerminal ? escaped(text) : text
}

/** The bytes that a text represents; null if it is invalid. */
export const bytesOf = (text: string, format: Format): Buffer | null => {
  if (format === 'text') return Buffer.from(text)
  if (format === 'json') {
    try {
      JSON.parse(text)
      return Buffer.from(text)
    } catch {
      return null
    }
  }
  const bytes = Buffer.from(text, format)
  const again = bytes.toString(format)
  return again === (format === 'hex' ? text.toLowerCase() : text) ? bytes : null
}
