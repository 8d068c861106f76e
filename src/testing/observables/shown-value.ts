/** A value as text for a message. */
export const shownValue = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value instanceof Error) return `${value.name}: ${value.message}`
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part.toString()}n` : part))
  } catch {
    return Object.prototype.toString.call(value)
  }
}
