import type * as t from 'io-ts'
import type { DecodeFault, DecodeProblem } from '../model/record-fault.js'
import { printable } from '../model/printable.js'

const mostProblems = 10
const mostText = 1_024

/** The content of a codec's Left if it is io-ts's list of errors: at most ten problems and 1 KiB of text. */
export const problemsOf = (errors: unknown): Pick<DecodeFault, 'reason' | 'problems' | 'totalProblems'> => {
  if (!isErrors(errors)) return { reason: reasonOf(errors) }
  const problems: DecodeProblem[] = []
  const seen = new Set<string>()
  let text = 0
  let total = 0
  for (const error of errors) {
    const { path, union } = placeOf(error.context)
    // One error for each member of a union says no more than that none fits.
    const once = union === null ? null : path
    if (once !== null && seen.has(once)) continue
    if (once !== null) seen.add(once)
    total++
    if (problems.length >= mostProblems || text >= mostText) continue
    const message = printable(union === null ? messageOf(error) : `none of ${String(union)} fits`)
    const problem = { path: printable(path), message }
    text += problem.path.length + message.length
    if (text <= mostText) problems.push(problem)
  }
  return {
    reason: total === 1 ? 'one value does not fit' : `${String(total)} values do not fit`,
    problems,
    totalProblems: total
  }
}

const isErrors = (errors: unknown): errors is t.Errors =>
  Array.isArray(errors) &&
  errors.every(
    (error: unknown) =>
      typeof error === 'object' && error !== null && 'context' in error && Array.isArray(error.context)
  )

/** `$.items[3].price`; if the path goes through a union, also the place of that union and the number of its members. */
const placeOf = (context: t.Context): { readonly path: string; readonly union: number | null } => {
  let path = '$'
  let parent: t.ContextEntry | undefined
  for (const entry of context) {
    // The members of unions and intersections are numbered in the path, which is not a place in the value.
    if (parent !== undefined && !isChoice(parent))
      path += Array.isArray(parent.actual) ? `[${entry.key}]` : `.${entry.key}`
    const members = unionMembers(entry)
    if (members !== null) return { path, union: members }
    parent = entry
  }
  return { path, union: null }
}

/** Codecs that pass the value on to another one, without a place of their own in the path. */
const wrappers: ReadonlySet<unknown> = new Set(['RecursiveType', 'ExactType', 'RefinementType', 'ReadonlyType'])

const wrapped = (codec: object): object =>
  '_tag' in codec && wrappers.has(codec._tag) && 'type' in codec ? wrapped(codec.type as object) : codec
const isChoice = ({ type }: t.ContextEntry): boolean => {
  const codec = wrapped(type)
  return '_tag' in codec && (codec._tag === 'UnionType' || codec._tag === 'IntersectionType')
}
const unionMembers = ({ type }: t.ContextEntry): number | null => {
  const codec = wrapped(type)
  return '_tag' in codec && codec._tag === 'UnionType' && 'types' in codec && Array.isArray(codec.types)
    ? codec.types.length
    : null
}

const messageOf = (error: t.ValidationError): string => {
  const expected = error.context.at(-1)?.type.name ?? 'another value'
  return error.message ?? `${kindOf(error.value)} where ${expected.slice(0, 100)} is expected`
}

/** The type of a value, never the value: messages must not contain payload. */
const kindOf = (value: unknown): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`

const reasonOf = (errors: unknown): string =>
  printable(errors instanceof Error ? errors.message : typeof errors === 'string' ? errors : 'the codec refused it')
