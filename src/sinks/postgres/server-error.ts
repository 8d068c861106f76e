/**
 * The server's code of the error, null if the error is not the server's. Each class of codes has a digit in it; the
 * system's errors, such as EPIPE, have none.
 */
export const sqlState = (error: unknown): string | null =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : null

const shownFields = ['severity', 'schema', 'table', 'column', 'dataType', 'constraint', 'routine'] as const

/**
 * An error of the server without values of rows. pg has these in `detail` ("Key (id)=(5) already exists"), in `where`, and in
 * the message for a value that does not fit its type. They would be printed with the fault.
 */
class ServerError extends Error {
  override readonly name = 'PostgresError'
  readonly code: string

  constructor(code: string, given: object) {
    const message = 'message' in given && typeof given.message === 'string' ? given.message : 'PostgreSQL refused it'
    super(code.startsWith('22') ? message.replace(/"[^]*"/, '"…"') : message)
    this.code = code
    const from = new Map<string, unknown>(Object.entries(given))
    for (const field of shownFields)
      if (from.get(field) !== undefined) Object.assign(this, { [field]: from.get(field) })
  }
}

export const withoutValues = (error: unknown): unknown => {
  const code = sqlState(error)
  return code === null || typeof error !== 'object' || error === null ? error : new ServerError(code, error)
}
