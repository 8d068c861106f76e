/** The names of consumers, producers and clusters in messages. */
const names = new WeakMap<object, string>()

/** Names a source, without a field on it. */
export const nameSource = (source: object, name: string): void => {
  names.set(source, name)
}

export const nameOfSource = (source: object): string | undefined => names.get(source)
