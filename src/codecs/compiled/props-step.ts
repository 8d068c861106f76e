import { type DecodingStep, misfit } from './decoding-step.js'
import { KeyOrders, type KeyPlace } from './key-order.js'
import { isRecord, type Rec } from './record-steps.js'

// Like io-ts, these return the same object if nothing in it has changed, otherwise a copy. The comparison is `!==`, so NaN
// counts as changed.

/**
 * The kinds of values that a field keeps without a call, since most of a record is texts and numbers. Numbers, since a switch
 * over texts compares one after the other (0.9 µs for an order of 45 values, instead of 0.65).
 */
export const Keeps = { nothing: 0, text: 1, number: 2, boolean: 3, integer: 4, literals: 5 } as const

/** How a key is decoded. */
export interface Prop {
  readonly key: string
  readonly step: DecodingStep
  readonly keeps: (typeof Keeps)[keyof typeof Keeps]
  /** The accepted literals if it keeps literals; never NaN. */
  readonly literals: readonly unknown[]
  readonly isOptional: boolean
}

/** Up to this many fields, access by name is as fast. */
const fewFields = 2

/** The props of `t.type` and `t.partial`. */
export const propsStep = (fields: readonly Prop[]): DecodingStep =>
  fields.length > fewFields ? inOrderStep(fields, byNamesStep(fields)) : byNamesStep(fields)

/**
 * A missing key is undefined. If it is required and undefined is accepted, it becomes a key; if it is optional, undefined is
 * accepted regardless of its step.
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

/** Not a spread: io-ts assigns, so a key `__proto__` has the same effect as there. */
const shallowCopy = (record: Rec): Rec => Object.assign({}, record)

/** Follows the order of keys while that pays and nothing changes; otherwise `otherwise` decodes the object. */
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

/** The record itself, or `misfit`; null if something in it changes, or its keys are in a new order. */
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

/** Most values are unchanged. */
const isUnchanged = ({ key, isOptional }: Prop, part: unknown, made: unknown, record: Rec): boolean => {
  if (part !== undefined) return made === part
  return isOptional ? made === undefined || made === misfit : made === undefined && Object.hasOwn(record, key)
}
