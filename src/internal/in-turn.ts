/** For each owner the promise of its last work. */
const turns = /*#__PURE__*/ new WeakMap<object, Promise<unknown>>()

/** Runs `work` when all earlier work on the same object has settled, successfully or not. */
export const inTurn = <A>(owner: object, work: () => A | PromiseLike<A>): Promise<A> => {
  const mine = (turns.get(owner) ?? Promise.resolve()).then(work)
  turns.set(
    owner,
    mine.catch(() => undefined)
  )
  return mine
}
