/** The maximum of remembered places in the orders of keys. */
const mostPlaces = 128

/** A longer unnamed key is not remembered. */
const longestKept = 64

interface Named {
  readonly key: string
}

/** A key with the keys before it, in the order of an object. */
export class KeyPlace<F extends Named> {
  readonly key: string
  /** null for a key that the codec does not name */
  readonly field: F | null
  /** The fields whose keys have not occurred up to here. */
  readonly absent: readonly F[]
  /** The number of keys up to here that the codec does not name. */
  readonly unnamed: number
  /** The keys that have followed so far, as a linked list of siblings. */
  first: KeyPlace<F> | null = null
  sibling: KeyPlace<F> | null = null

  constructor(key: string, field: F | null, absent: readonly F[], unnamed: number) {
    this.key = key
    this.field = field
    this.absent = absent
    this.unnamed = unnamed
  }
}

/**
 * The key orders of one codec's objects.
 *
 * Objects from one source have their keys in one of a few orders. An object's next key is then found by comparing it with the
 * key that followed before, and its value is read along with it: four values take 19 ns instead of 44 ns by dynamic names.
 */
export class KeyOrders<F extends Named> {
  readonly start: KeyPlace<F>
  private readonly fields: ReadonlyMap<string, F>
  private left = mostPlaces

  constructor(fields: readonly F[]) {
    this.fields = new Map(fields.map((field) => [field.key, field]))
    this.start = new KeyPlace<F>('', null, fields, 0)
  }

  /** Whether following the order still pays; not if there were too many orders, or too many objects that matched none. */
  get pays(): boolean {
    return this.left > 0
  }

  /** An object matched no order. */
  missed(): void {
    this.left -= 8
  }

  /** The place of a key that has not followed there before; null if the object should be read by names. */
  add(place: KeyPlace<F>, key: string): KeyPlace<F> | null {
    const field = this.fields.get(key) ?? null
    const unnamed = place.unnamed + (field === null ? 1 : 0)
    this.left--
    if (!this.pays || unnamed > this.fields.size || (field === null && key.length > longestKept)) return null
    const absent = place.absent.filter((left) => left !== field)
    const added = new KeyPlace(key, field, absent, unnamed)
    added.sibling = place.first
    place.first = added
    return added
  }
}
