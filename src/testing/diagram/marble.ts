/** One thing in a line: where it stands in time, and the character for it. */
export interface Marble {
  readonly column: number
  readonly char: string
}

/** Columns that one jump takes up, and how long it is. */
export interface Jump {
  readonly from: number
  readonly to: number
  readonly ms: number
  readonly text: string
}

/** The marbles of one line of text. */
export interface MarbleRow {
  readonly marbles: readonly Marble[]
  readonly jumps: readonly Jump[]
  /** how many columns it is long */
  readonly length: number
}

const jumpAt = /^(\d+(?:\.\d+)?)(ms|s|m)(?= |$)/
const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const

/** What is wrong with a row, and at which of its columns. */
export interface RowFault {
  readonly reason: string
  readonly column: number
}

/** Reads marbles; columns count from the beginning of the text. */
export const parseRow = (text: string): MarbleRow | RowFault => {
  const marbles: Marble[] = []
  const jumps: Jump[] = []
  let group: number | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    const jump = group === null && (at === 0 || text[at - 1] === ' ') ? jumpAt.exec(text.slice(at)) : null
    if (jump !== null) {
      const [token = '', amount, unit] = jump
      const from = at === 0 ? 0 : at - 1
      // Both spaces belong to it.
      const to = Math.min(text.length, at + token.length + 1)
      jumps.push({ from, to, ms: Number(amount) * unitMs[unit as keyof typeof unitMs], text: text.slice(from, to) })
      at = to - 1
    } else if (char === '(') {
      if (group !== null) return { reason: 'a group within a group', column: at }
      group = at
    } else if (char === ')') {
      if (group === null) return { reason: 'no group is open here', column: at }
      group = null
    } else if (group !== null && char === '-') return { reason: 'time cannot pass within a group', column: at }
    else if (char !== '-' && char !== ' ') marbles.push({ column: group ?? at, char })
  }
  if (group !== null) return { reason: 'this group is not closed', column: group }
  return { marbles, jumps, length: text.length }
}

export const isRowFault = (row: MarbleRow | RowFault): row is RowFault => 'reason' in row
