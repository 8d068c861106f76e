/** What consumers, producers and clusters are called in what is said of them. */
const names = new WeakMap<object, string>()

/** Names it; its own methods need no further field for that. */
export const nameSource = (source: object, name: string): void => {
  names.set(source, name)
}

export const nameOfSource = (source: object): string | undefined => names.get(source)
