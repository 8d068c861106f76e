/** For each owner: settles when the last work on it is over. */
const turns = /*#__PURE__*/ new WeakMap<object, Promise<unknown>>()

/** Runs `work` once all work on the same object that was given before is over, whatever came of it. */
export const inTurn = <A>(owner: object, work: () => A | PromiseLike<A>): Promise<A> => {
  const mine = (turns.get(owner) ?? Promise.resolve()).then(work)
  turns.set(
    owner,
    mine.catch(() => undefined)
  )
  return mine
}
