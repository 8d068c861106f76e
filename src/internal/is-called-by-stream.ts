/**
 * Whether one of the runtime's own streams called the caller of this function. Nothing else distinguishes a stream that takes
 * an iterable from a `for await` loop; a loop in a user's file has that file as caller. False if the runtime has no stack
 * traces.
 */
export const isCalledByStream = (): boolean => {
  // The lines: the message, this function, its caller, and that one's caller.
  const [, , , caller = ''] = new Error().stack?.split('\n') ?? []
  return /\b(?:node:internal\/(?:web)?streams\/|internal:(?:web)?streams\/|ext:deno_)/.test(caller)
}
