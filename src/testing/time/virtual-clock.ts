import type { Cancel, Clock } from '../../model/clock.js'

interface Due {
  readonly at: number
  readonly order: number
  /** null once it has run or was withdrawn */
  run: (() => void) | null
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Time that passes only when the test says so. What is due is kept in a binary heap; what was withdrawn stays in it. */
export class VirtualClock implements Clock {
  private time = 0
  private order = 0
  private waiting = 0
  private readonly heap: Due[] = []

  now(): number {
    return this.time
  }
  wallTime(): number {
    return this.time
  }
  schedule(delayMs: number, run: () => void): Cancel {
    const entry: Due = { at: this.time + Math.max(0, delayMs), order: this.order++, run }
    this.push(entry)
    this.waiting++
    return () => {
      if (entry.run === null) return
      entry.run = null
      this.waiting--
    }
  }
  turn(run: () => void): Cancel {
    return this.schedule(0, run)
  }
  /** How much is scheduled: what is left at a test's end leaks. */
  get pending(): number {
    return this.waiting
  }
  /** When something is due next; Infinity if nothing is. */
  get nextAt(): number {
    for (let next = this.heap[0]; next !== undefined; next = this.heap[0]) {
      if (next.run !== null) return next.at
      this.pop()
    }
    return Infinity
  }
  /** Runs everything that is due within the next so many ms, in order. */
  advance(ms: number): void {
    this.advanceTo(this.time + ms)
  }
  /** Runs everything that is due until then, in order. */
  advanceTo(end: number): void {
    for (let next = this.heap[0]; next !== undefined && next.at <= end; next = this.heap[0]) {
      this.pop()
      const { run } = next
      if (run === null) continue
      next.run = null
      this.waiting--
      this.time = Math.max(this.time, next.at)
      run()
    }
    this.time = end
  }

  private push(entry: Due): void {
    const { heap } = this
    let index = heap.length
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || before(parent, entry)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = entry
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      if (left === undefined) break
      const [child, at] = right !== undefined && before(right, left) ? [right, 2 * index + 2] : [left, 2 * index + 1]
      if (!before(child, last)) break
      heap[index] = child
      index = at
    }
    heap[index] = last
  }
}
