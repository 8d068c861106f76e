const redacted = '[redacted]'
/** Shorter secrets occur in any text: removing them would reveal them. */
const leastLength = 4
/** A message up to this length is a name, such as the user's. */
const longestName = 32
/** Each connection may use another token. */
const mostKept = 100

/**
 * The secrets that a cluster's connections have used: passwords, tokens, keys. Former ones are kept for a while, since a broker
 * or the user's function may repeat a token that was renewed meanwhile and is still valid.
 */
export class KnownSecrets {
  /** in the order of their last use */
  private readonly kept = new Set<string>()

  add(secret: string): void {
    if (secret.length < leastLength) return
    this.kept.delete(secret)
    this.kept.add(secret)
    const [oldest] = this.kept
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest)
  }

  /** A message of a custom mechanism: any part of it may be secret. */
  addMessage(message: Uint8Array): void {
    if (message.length > longestName) this.add(Buffer.from(message).toString())
  }

  /** The text without the secrets, in plain form or as JSON and URLs encode them. Call it before the text is cut. */
  hide(text: string): string {
    // A secret may be the beginning of another.
    const forms = [...this.kept].flatMap(formsOf).sort((a, b) => b.length - a.length)
    return forms.reduce((rest, form) => rest.replaceAll(form, redacted), text)
  }
}

const formsOf = (secret: string): readonly string[] => {
  const wellFormed = Buffer.from(secret).toString()
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(wellFormed)]
}
