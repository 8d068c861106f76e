import { printableValue } from '../model/printable.js'
import type { Flags, FlagTable } from './flags.js'
import { UsageError } from './usage-error.js'

/** One form of a command, such as `offsets copy`. */
export interface CommandForm {
  /** how many names it takes at most, that of the form included */
  readonly names: number
  /** which of the command's own flags it takes */
  readonly flags: readonly string[]
}

/**
 * Refuses what a form has no use for: an ignored `--topic` would change more than was meant.
 *
 * @throws UsageError
 */
export const checkForm = (name: string, form: CommandForm, flags: Flags, own: FlagTable): void => {
  const [surplus] = flags.names.slice(form.names)
  if (surplus !== undefined) throw new UsageError(`${name} has no use for ${printableValue(surplus)}`)
  const unused = Object.keys(own).find((flag) => flags.has(flag) && !form.flags.includes(flag))
  if (unused !== undefined) throw new UsageError(`${name} takes no --${unused}`)
}
