/** An open object or list, and the current position in it. */
interface Level {
  /** null in a list */
  readonly keys: Set<string> | null
  at: string | number
  awaitsKey: boolean
}

/** The path of the first duplicate key of an object, or null. Keys are compared with their escapes resolved. */
export const duplicateKey = (json: string): string | null => {
  const levels: Level[] = []
  for (let at = 0; at < json.length; at++) {
    const level = levels.at(-1)
    switch (json.charAt(at)) {
      case '{':
        levels.push({ keys: new Set(), at: '', awaitsKey: true })
        break
      case '[':
        levels.push({ keys: null, at: 0, awaitsKey: false })
        break
      case '}':
      case ']':
        levels.pop()
        break
      case ',':
        if (level === undefined) break
        if (typeof level.at === 'number') level.at++
        else level.awaitsKey = true
        break
      case '"': {
        const end = endOfText(json, at)
        if (level?.awaitsKey === true) {
          const key = keyOf(json.slice(at, end + 1))
          level.at = key
          level.awaitsKey = false
          if (level.keys?.has(key) === true) return pathOf(levels)
          level.keys?.add(key)
        }
        at = end
      }
    }
  }
  return null
}

/** The index of the closing quote. */
const endOfText = (json: string, start: number): number => {
  let end = start + 1
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1
  return end
}

const keyOf = (quoted: string): string => (quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1))

const pathOf = (levels: readonly Level[]): string =>
  levels.reduce((path, { at }) => path + (typeof at === 'number' ? `[${String(at)}]` : `.${at}`), '$')
