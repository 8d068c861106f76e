/**
 * Whether a stream of the runtime's own called the function that calls this one. Nothing else tells a stream that takes
 * an iterable from a `for await` loop; a loop in a user's file has that file as its caller. False where a runtime keeps
 * no stacks.
 */
export const isCalledByStream = (): boolean => {
  // The message, this function, the one that called it, and that one's caller.
  const [, , , caller = ''] = new Error().stack?.split('\n') ?? []
  return /\b(?:node:internal\/(?:web)?streams\/|internal:(?:web)?streams\/|ext:deno_)/.test(caller)
}
