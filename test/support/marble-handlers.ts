import type { Carried, ConsumerRecord } from '../../src/index.js'

const text = new TextDecoder()

export const textOf = (value: Uint8Array | null): string => text.decode(value ?? undefined)

/** The letter of a record that came from a marble partition. */
export const letterOf = (record: Carried<unknown>): string => textOf((record as ConsumerRecord).source.value)

/** A function that throws at one of the values. */
export const failingAt =
  (letter: string) =>
  (value: Uint8Array | null): string => {
    // As rxjs's `#` has it.
    if (textOf(value) === letter) throw new Error('error')
    return textOf(value)
  }
