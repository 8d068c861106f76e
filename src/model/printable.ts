const longest = 256

/** A text from outside as it may stand in a message: one line, no control or direction characters, cut. */
export const printable = (text: string): string => {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

/** Any value in a message: secrets as themselves (redacted), the rest as JSON as far as it goes. */
export const printableValue = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return printable(JSON.stringify(value))
    case 'bigint':
      return `${String(value)}n`
    case 'function':
      return 'a function'
    case 'object':
      return printable(jsonOf(value))
    default:
      return printable(String(value))
  }
}

const jsonOf = (value: object | null): string => {
  if (value instanceof RegExp) return String(value)
  try {
    // Undefined for what JSON knows nothing of, whatever the types say.
    const json = JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'bigint' ? `${String(part)}n` : part
    ) as string | undefined
    return json ?? Object.prototype.toString.call(value)
  } catch {
    // Circular, or a toJSON that throws: its kind has to do.
    return Object.prototype.toString.call(value)
  }
}

/** What was thrown, in a few words. */
export const reasonOf = (thrown: unknown): string =>
  printable(thrown instanceof Error ? (thrown.message === '' ? thrown.name : thrown.message) : printableValue(thrown))
