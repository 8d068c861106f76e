import type { Jump } from './marble.js'

/** Converts columns of a diagram to times, and times to columns. */
export class Columns {
  /** when each column begins; the last entry is the end */
  private readonly starts: readonly number[]
  readonly columnMs: number

  constructor(count: number, jumps: readonly Jump[], columnMs: number) {
    this.columnMs = columnMs
    const starts: number[] = []
    let time = 0
    for (let column = 0; column <= count; column++) {
      starts.push(time)
      const jump = jumps.find(({ from, to }) => from <= column && column < to)
      // A jump passes entirely in its first column.
      if (jump === undefined) time += columnMs
      else if (jump.from === column) time += jump.ms
    }
    this.starts = starts
  }

  get count(): number {
    return this.starts.length - 1
  }
  /** When the diagram ends. */
  get endMs(): number {
    return this.starts[this.count] ?? 0
  }
  startOf(column: number): number {
    return this.starts[column] ?? this.endMs
  }
  /** The column in which this time falls; null after the end. */
  columnAt(timeMs: number): number | null {
    if (timeMs >= this.endMs) return null
    let low = 0
    let high = this.count
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.startOf(middle) <= timeMs) low = middle
      else high = middle
    }
    return low
  }
}
