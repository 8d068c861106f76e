/** What a codec makes of a value, or `refused`: its `validate` without contexts and errors. */
export type DecodingStep = (value: unknown) => unknown

/** The result for a value that does not fit; io-ts then says why. */
export const misfit: unique symbol = Symbol('refused')
