import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { ArgumentRule } from '../model/check-arguments.js'
import { printable } from '../model/printable.js'
import type { DecodeFault, DecodeProblem } from '../model/record-fault.js'
import { decodeFault } from './decode-fault.js'

/**
 * A schema of zod, valibot, arktype, effect or any other implementation of Standard Schema (https://standardschema.dev),
 * version 1. Recognized by its shape: none of these is a dependency.
 */
export interface StandardSchema<A = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<A> | PromiseLike<SchemaResult<A>>
    readonly types?: { readonly input: unknown; readonly output: A } | undefined
  }
}

type SchemaResult<A> = { readonly value: A; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A schema may be a function: arktype's are. zod's schemas have a `decode` of their own that does not return an Either. */
export const isStandardSchema = (given: unknown): given is StandardSchema => {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null || !('~standard' in given))
    return false
  const { '~standard': standard } = given
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  )
}

/** `ValueCodec` or `StandardSchema` */
export const aCodecOrSchema: ArgumentRule = {
  allowed: 'a codec, an object with a function decode, or a schema of zod, valibot, arktype or another Standard Schema',
  holds: (given) =>
    isStandardSchema(given) ||
    (typeof given === 'object' && given !== null && 'decode' in given && typeof given.decode === 'function')
}

const mostProblems = 10
const mostText = 1_024

/** The schema's result for a value. An asynchronous schema is refused, since records are decoded synchronously. */
export const decodeBySchema = <A>(schema: StandardSchema<A>, value: unknown): Either<DecodeFault, A> => {
  const result = schema['~standard'].validate(value)
  if ('then' in result) {
    // Nothing awaits the promise, so a rejection would be unhandled.
    result.then(undefined, () => undefined)
    return decodeFault(
      'schema',
      'the schema is asynchronous: decode with a synchronous one, and do look-ups in a handler'
    )
  }
  return result.issues === undefined ? right(result.value) : left(schemaFault(result.issues))
}

/** The fault with at most ten problems and 1 KiB of text. */
const schemaFault = (issues: readonly SchemaIssue[]): DecodeFault => {
  const problems: DecodeProblem[] = []
  let text = 0
  for (const issue of issues) {
    const problem = { path: printable(pathOf(issue)), message: messageOf(issue) }
    text += problem.path.length + problem.message.length
    if (problems.length === mostProblems || text > mostText) break
    problems.push(problem)
  }
  const reason = issues.length === 1 ? 'one value does not fit' : `${String(issues.length)} values do not fit`
  return { _tag: 'DecodeFault', stage: 'schema', reason, problems, totalProblems: issues.length }
}

/** `$.items[3].price` */
const pathOf = ({ path = [] }: SchemaIssue): string =>
  path
    .map((step) => (typeof step === 'object' ? step.key : step))
    .reduce<string>((before, key) => before + (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`), '$')

/** Messages must not contain payload: valibot's say what was received. */
const messageOf = (issue: SchemaIssue): string => {
  const received = 'received' in issue && typeof issue.received === 'string' ? issue.received : ''
  return printable(received === '' ? issue.message : issue.message.replaceAll(` but received ${received}`, ''))
}
