/**
 * Parses Java's `.properties`: `key=value`, `key:value` or `key value`, comments after `#` or `!`, a backslash at the end of a
 * line that continues, and the escapes of `java.util.Properties`. A byte order mark, which editors on Windows write, is ignored.
 */
export const parseProperties = (text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const line of logicalLines(text.replace(/^\uFEFF/, ''))) {
    let at = 0
    while (at < line.length && !/[=:\s]/.test(line[at] ?? '')) at += line[at] === '\\' ? 2 : 1
    const value = line.slice(at).replace(/^\s*[=:]?\s*/, '')
    found.set(unescaped(line.slice(0, at)), unescaped(value))
  }
  return found
}

const logicalLines = (text: string): readonly string[] => {
  const lines: string[] = []
  let begun: string | null = null
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trimStart()
    if (begun === null && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const goesOn = (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1
    const whole: string = (begun ?? '') + (goesOn ? line.slice(0, -1) : line)
    if (goesOn) begun = whole
    else {
      lines.push(whole)
      begun = null
    }
  }
  return begun === null ? lines : [...lines, begun]
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_all, code: string | undefined, letter: string | undefined) =>
    code === undefined ? (escapes[letter ?? ''] ?? letter ?? '') : String.fromCharCode(Number.parseInt(code, 16))
  )
