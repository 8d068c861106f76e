import { MarbleError } from './marble-error.js'

const nested =
  'a marble test was begun within the body of another one: the body is over before any time passes, so nobody would wait for it. Give it to a test of its own, or begin it in the closure that the body returns, which may be async'

/** The body that is being called: bodies are not async. */
let open: { refused: MarbleError | null } | null = null

/** Calls the body of a marble test. @throws MarbleError if another one was begun in it, though the body may catch that */
export const callBody = (body: () => unknown): unknown => {
  const former = open
  const mine: { refused: MarbleError | null } = { refused: null }
  open = mine
  try {
    const given = body()
    if (mine.refused !== null) throw mine.refused
    return given
  } finally {
    open = former
  }
}

/** @throws MarbleError within the body of a marble test */
export const refuseNested = (at: Error): void => {
  if (open === null) return
  open.refused = new MarbleError(nested, at)
  throw open.refused
}
