import { type DecodingStep, misfit } from './decoding-step.js'
import { KeyOrders, type KeyPlace } from './key-order.js'
import { isRecord, type Rec } from './record-steps.js'

// As io-ts, these give back the object that came in as long as nothing in it has changed, and a copy else. What is compared
// is `!==`, so that NaN counts as changed there and here.

/**
 * What a field keeps as it is, without a call: most of a record is texts and numbers. By number, since a switch over texts
 * compares one after the other (0.9 µs for an order of 45 values, and 0.65).
 */
export const Keeps = { nothing: 0, text: 1, number: 2, boolean: 3, integer: 4, literals: 5 } as const

/** What becomes of a key. */
export interface Prop {
  readonly key: string
  readonly step: DecodingStep
  readonly keeps: (typeof Keeps)[keyof typeof Keeps]
  /** What is kept where it keeps literals; never NaN. */
  readonly literals: readonly unknown[]
  readonly isOptional: boolean
}

/** So few fields are as fast by their names. */
const fewFields = 2

/** The props of `t.type` and `t.partial`. */
export const propsStep = (fields: readonly Prop[]): DecodingStep =>
  fields.length > fewFields ? inOrderStep(fields, byNamesStep(fields)) : byNamesStep(fields)

/**
 * A key that is not there is undefined. Where it has to be there, and undefined fits, it becomes a key; where it is optional,
 * undefined fits whatever its step says.
 */
const byNamesStep =
  (fields: readonly Prop[]): DecodingStep =>
  (value) => {
    if (!isRecord(value)) return misfit
    let record = value
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at] as Prop
      const part = record[field.key]
      if (keeps(field, part)) continue
      const made = field.step(part)
      if (isUnchanged(field, part, made, record)) continue
      if (made === misfit) return misfit
      if (record === value) record = shallowCopy(value)
      record[field.key] = made
    }
    return record
  }

/** Not a spread: io-ts assigns, so that a key `__proto__` is what it is there. */
const shallowCopy = (record: Rec): Rec => Object.assign({}, record)

/** Goes by the order of keys as long as that pays and nothing changes; what changes is left to `otherwise`. */
export const inOrderStep = (fields: readonly Prop[], otherwise: DecodingStep): DecodingStep => {
  const orders = new KeyOrders(fields)
  return (value) => {
    if (!orders.pays) return otherwise(value)
    if (!isRecord(value)) return misfit
    const made = madeInOrder(value, orders)
    if (made !== null) return made
    orders.missed()
    return otherwise(value)
  }
}

/** The record itself, or `refused`; null if something in it changes, or its keys are others than before. */
const madeInOrder = (record: Rec, orders: KeyOrders<Prop>): Rec | typeof misfit | null => {
  let place: KeyPlace<Prop> = orders.start
  for (const key in record) {
    let next = place.first
    while (next !== null && next.key !== key) next = next.sibling
    next ??= orders.add(place, key)
    if (next === null) return null
    place = next
    const { field } = place
    if (field === null) continue
    const part = record[key]
    if (keeps(field, part)) continue
    const made = field.step(part)
    if (!isUnchanged(field, part, made, record)) return made === misfit ? misfit : null
  }
  const { absent } = place
  for (let at = 0; at < absent.length; at++) {
    const field = absent[at] as Prop
    const part = record[field.key]
    const made = field.step(part)
    if (!isUnchanged(field, part, made, record)) return made === misfit ? misfit : null
  }
  return record
}

const keeps = ({ keeps: kind, literals }: Prop, part: unknown): boolean => {
  switch (kind) {
    case Keeps.nothing:
      return false
    case Keeps.text:
      return typeof part === 'string'
    case Keeps.number:
      return typeof part === 'number' && part === part
    case Keeps.boolean:
      return typeof part === 'boolean'
    case Keeps.integer:
      return typeof part === 'number' && Number.isInteger(part)
    case Keeps.literals:
      for (let at = 0; at < literals.length; at++) if (literals[at] === part) return true
      return false
  }
}

/** Most values are what they were. */
const isUnchanged = ({ key, isOptional }: Prop, part: unknown, made: unknown, record: Rec): boolean => {
  if (part !== undefined) return made === part
  return isOptional ? made === undefined || made === misfit : made === undefined && Object.hasOwn(record, key)
}
