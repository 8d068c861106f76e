/** What a codec makes of a value, or `refused`: its `validate` without contexts and errors. */
export type DecodingStep = (value: unknown) => unknown

/** Says that a value does not fit; why is asked of io-ts. */
export const refused: unique symbol = Symbol('refused')
