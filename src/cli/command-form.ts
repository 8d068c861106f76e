import { printableValue } from '../model/printable.js'
import type { Flags, FlagTable } from './flags.js'
import { UsageError } from './usage-error.js'

/** One form of a command, such as `offsets copy`. */
export interface CommandForm {
  /** the maximum number of names, including that of the form */
  readonly names: number
  /** the command's own flags that it accepts */
  readonly flags: readonly string[]
}

/**
 * Refuses surplus names and flags: if `--topic` was ignored, the command would change more than intended.
 *
 * @throws UsageError
 */
export const checkForm = (name: string, form: CommandForm, flags: Flags, own: FlagTable): void => {
  const [surplus] = flags.names.slice(form.names)
  if (surplus !== undefined) throw new UsageError(`${name} has no use for ${printableValue(surplus)}`)
  const unused = Object.keys(own).find((flag) => flags.has(flag) && !form.flags.includes(flag))
  if (unused !== undefined) throw new UsageError(`${name} takes no --${unused}`)
}
