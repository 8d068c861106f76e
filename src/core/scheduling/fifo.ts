/** A first-in-first-out queue that is fast at both ends, and allows putting an item back in front. */
export class Fifo<T> {
  private items: (T | undefined)[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: T): void {
    this.items.push(item)
  }

  /** Puts the item before all others. */
  putBack(item: T): void {
    if (this.head === 0) this.items.unshift(item)
    else this.items[--this.head] = item
  }

  peek(): T | undefined {
    return this.items[this.head]
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.items.at(-1)
  }

  shift(): T | undefined {
    if (this.head === this.items.length) return undefined
    const item = this.items[this.head]
    // The array must not keep the item alive.
    this.items[this.head++] = undefined
    if (this.head === this.items.length) {
      this.items.length = 0
      this.head = 0
    } else if (this.head >= 1_024 && this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = this.head; index < this.items.length; index++) yield this.items[index] as T
  }
}
