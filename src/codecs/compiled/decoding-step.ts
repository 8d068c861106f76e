/** The result of a codec for a value, or `misfit`: its `validate` without contexts and errors. */
export type DecodingStep = (value: unknown) => unknown

/** The result for a value that does not fit; io-ts then reports why. */
export const misfit: unique symbol = Symbol('refused')
