import * as t from 'io-ts'
import { finite, safeInteger } from '../exact-numbers.js'
import { literalStep, taggedStep, unionStep } from './choice-steps.js'
import { decodedOnce } from './decoded-once.js'
import { type DecodingStep, misfit } from './decoding-step.js'
import { domainKeys, propsOf, tagValues } from './fields.js'
import { foreignStep } from './foreign-step.js'
import { arrayStep, tupleStep } from './list-steps.js'
import { type Prop, inOrderStep, Keeps, propsStep } from './props-step.js'
import { exactStep, intersectionStep, recordStep } from './record-steps.js'
import * as samples from './samples.js'
import { like } from './samples.js'

type AnyCodec = t.Decoder<unknown, unknown>

/** The step of a codec created by io-ts; null for others. */
export const ownStepOf = (codec: AnyCodec): DecodingStep | null => {
  const fits = keepers.get(codec.validate)
  return fits === undefined ? combinedStepOf(codec) : guardStep(fits)
}

/** The step of any codec; custom ones are called. */
const stepOf = (codec: AnyCodec): DecodingStep => ownStepOf(codec) ?? foreignStep(codec)

/** Codecs that return their input, identified by their very function, since their texts are all alike. */
const keepers = /*#__PURE__*/ new Map<unknown, t.Is<unknown>>([
  [t.string.validate, t.string.is],
  [t.number.validate, t.number.is],
  [t.boolean.validate, t.boolean.is],
  [t.null.validate, t.null.is],
  [t.undefined.validate, t.undefined.is],
  [t.unknown.validate, t.unknown.is],
  [t.never.validate, t.never.is],
  [t.UnknownArray.validate, t.UnknownArray.is],
  [t.UnknownRecord.validate, t.UnknownRecord.is],
  [safeInteger.validate, safeInteger.is],
  [finite.validate, finite.is]
])

const combinedStepOf = (codec: AnyCodec): DecodingStep | null => {
  const fields = fieldsOf(codec)
  if (fields !== null) return propsStep(fields)
  if (like(codec, samples.exact)) return exactStepOf(codec.type)
  if (like(codec, samples.array) || like(codec, samples.readonlyArray)) return arrayStep(stepOf(codec.type))
  if (like(codec, samples.tuple)) return tupleStep(codec.types.map(stepOf))
  if (like(codec, samples.literal)) return literalStep([codec.value])
  if (like(codec, samples.keyof)) return keyofStep(codec.keys)
  if (like(codec, samples.union)) return unionStepOf(codec.types)
  if (like(codec, samples.taggedUnion)) return taggedStepOf(codec.tag, codec.types)
  if (like(codec, samples.intersection)) return intersectionStepOf(codec.types)
  if (like(codec, samples.record))
    return recordStep(stepOf(codec.domain), stepOf(codec.codomain), codec.codomain instanceof t.AnyType)
  if (like(codec, samples.enumeratedRecord)) return enumeratedRecordStepOf(codec.domain, codec.codomain)
  if (like(codec, samples.refinement)) return refinementStep(stepOf(codec.type), codec.predicate)
  if (like(codec, samples.recursion)) return recursionStep(codec)
  return codec instanceof t.ReadonlyType ? readonlyStepOf(codec as t.ReadonlyType<t.Any>) : null
}

/** The fields of a record that io-ts made; null for other codecs. */
const fieldsOf = (codec: AnyCodec): readonly Prop[] | null =>
  like(codec, samples.type)
    ? fieldsOfProps(codec.props, false)
    : like(codec, samples.partial)
      ? fieldsOfProps(codec.props, true)
      : null

const fieldsOfProps = (props: t.Props, isOptional: boolean): readonly Prop[] =>
  Object.entries(props).map(([key, codec]) => {
    const literals = literalsOf(codec)
    return { key, step: stepOf(codec), keeps: keptBy(codec, literals), literals: literals ?? [], isOptional }
  })

const keptBy = ({ validate }: t.Any, literals: readonly unknown[] | null): Prop['keeps'] => {
  if (literals !== null && literals.length <= fewLiterals) return Keeps.literals
  if (validate === t.string.validate) return Keeps.text
  if (validate === t.number.validate) return Keeps.number
  if (validate === t.boolean.validate) return Keeps.boolean
  return validate === t.Int.validate ? Keeps.integer : Keeps.nothing
}

/** Up to this many literals, comparing a text with each is faster than a map, which has to hash it first. */
const fewLiterals = 8

const exactStepOf = (codec: t.Any): DecodingStep | null => {
  const props = propsOf(codec)
  return props === null ? null : exactStep(stepOf(codec), props)
}

/** A readonly codec has the `validate` of the codec inside. */
const readonlyStepOf = ({ type, validate }: t.ReadonlyType<t.Any>): DecodingStep | null =>
  type.validate === validate ? ownStepOf(type) : null

const enumeratedRecordStepOf = (domain: t.Any, codomain: t.Any): DecodingStep | null => {
  const keys = domainKeys(domain)
  if (keys === null) return null
  const props: t.Props = {}
  for (const key of keys) props[key] = codomain
  return exactStep(propsStep(fieldsOfProps(props, false)), props)
}

/** The values of a literal, or of a union of them; null for other codecs. */
const literalsOf = (codec: t.Any): readonly unknown[] | null => {
  const literals = like(codec, samples.literal)
    ? [codec.value]
    : like(codec, samples.union)
      ? literalMembers(codec.types)
      : null
  // Nothing equals NaN.
  return literals?.filter((value) => !Number.isNaN(value)) ?? null
}

const literalMembers = (members: readonly t.Any[]): readonly unknown[] | null => {
  const literals = members.filter((member) => like(member, samples.literal))
  return literals.length === members.length ? literals.map(({ value }) => value) : null
}

const unionStepOf = (members: readonly t.Any[]): DecodingStep => {
  const literals = literalMembers(members)
  return literals === null ? unionStep(members.map(stepOf)) : literalStep(literals)
}

const intersectionStepOf = (members: readonly t.Any[]): DecodingStep => {
  const merging = intersectionStep(members.map(stepOf))
  const fields = members.map(fieldsOf)
  if (!fields.every((some) => some !== null)) return merging
  const all = fields.flat()
  return new Set(all.map(({ key }) => key)).size === all.length ? inOrderStep(all, merging) : merging
}

const taggedStepOf = (tag: string, members: readonly t.Any[]): DecodingStep | null => {
  const steps: (readonly [value: unknown, step: DecodingStep])[] = []
  for (const member of members) {
    const values = tagValues(member, tag)
    if (values === null) return null
    const step = stepOf(member)
    for (const value of values) steps.push([value, step])
  }
  return taggedStep(tag, steps)
}

const keyofStep =
  (keys: object): DecodingStep =>
  (value) =>
    typeof value === 'string' && Object.hasOwn(keys, value) ? value : misfit

const guardStep =
  (fits: t.Is<unknown>): DecodingStep =>
  (value) =>
    fits(value) ? value : misfit

const refinementStep =
  (step: DecodingStep, predicate: (value: unknown) => boolean): DecodingStep =>
  (value) => {
    const made = step(value)
    return made !== misfit && predicate(made) ? made : misfit
  }

/** The definition is requested when a value needs it: it may refer to codecs that do not exist yet. */
const recursionStep = (codec: t.RecursiveType<t.Any>): DecodingStep => {
  const known = recursions.get(codec)
  if (known !== undefined) return known
  let step: DecodingStep | null = null
  const later: DecodingStep = (value) => decodedOnce((step ??= stepOf(codec.runDefinition())), value)
  recursions.set(codec, later)
  return later
}

/** One step for each recursion, since a codec occurs within itself. */
const recursions = /*#__PURE__*/ new WeakMap<t.Any, DecodingStep>()
