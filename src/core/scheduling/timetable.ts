interface Entry<T> {
  readonly at: number
  readonly order: number
  readonly item: T
}

/**
 * What is due when, the earliest first, and what is due at the same time in the order it was entered: one timer serves any
 * number of waits. A binary heap.
 */
export class Timetable<T> {
  private readonly heap: Entry<T>[] = []
  private order = 0

  /** When the earliest is due; null if nothing waits. */
  get next(): number | null {
    return this.heap[0]?.at ?? null
  }

  /** The earliest, left where it is. */
  get first(): T | undefined {
    return this.heap[0]?.item
  }

  get size(): number {
    return this.heap.length
  }

  add(at: number, item: T): void {
    const entry = { at, order: this.order++, item }
    const { heap } = this
    let index = heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || before(parent, entry)) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  /** Takes the earliest if it is due by then. */
  take(now: number): T | undefined {
    const { heap } = this
    const [first] = heap
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first.item
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
    return first.item
  }

  clear(): void {
    this.heap.length = 0
  }
}

const before = (a: Entry<unknown>, b: Entry<unknown>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
