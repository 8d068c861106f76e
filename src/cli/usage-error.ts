/** The command line says something that cannot be done: exit code 2, and how the command is used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
