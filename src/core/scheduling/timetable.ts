interface Entry<T> {
  readonly at: number
  readonly order: number
  readonly item: T
}

/**
 * Items by due time, the earliest first; items due at the same time keep their order. So one timer serves any number of waits.
 * A binary heap.
 */
export class Timetable<T> {
  private readonly heap: Entry<T>[] = []
  private order = 0

  /** When the earliest item is due; null if there is none. */
  get next(): number | null {
    return this.heap[0]?.at ?? null
  }

  /** The earliest item, without taking it. */
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

  /** Takes the earliest item if it is due. */
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
