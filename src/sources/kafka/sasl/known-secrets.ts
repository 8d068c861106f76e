const redacted = '[redacted]'
/** Shorter ones are in any text: taking them out would show them. */
const leastLength = 4
/** A message that is no longer is a name, such as the user's. */
const longestName = 32
/** Tokens may be another for each connection. */
const mostKept = 100

/**
 * The secrets that a cluster's connections have used: passwords, tokens, keys. Former ones stay for a while, since a broker or
 * a function of the user's may repeat a token that has been renewed meanwhile and is still valid.
 */
export class KnownSecrets {
  /** the one used last is the last */
  private readonly kept = new Set<string>()

  add(secret: string): void {
    if (secret.length < leastLength) return
    this.kept.delete(secret)
    this.kept.add(secret)
    const [oldest] = this.kept
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest)
  }

  /** A message of a mechanism that is not ours: it is not known which part of it is secret. */
  addMessage(message: Uint8Array): void {
    if (message.length > longestName) this.add(Buffer.from(message).toString())
  }

  /** The text without them, as they are or as JSON and URLs write them. To be called before the text is cut. */
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
