/** Ctrl-C or SIGTERM ended a command before it was done: exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** The result of `work`. Rejects with `Interrupted` as soon as the command is interrupted; `work` does not begin if it already was. */
export const unlessInterrupted = <A>(interrupted: AbortSignal, work: () => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new Interrupted('interrupted'))
    }
    if (interrupted.aborted) {
      stop()
      return
    }
    interrupted.addEventListener('abort', stop, { once: true })
    work()
      .then(resolve, reject)
      .finally(() => {
        interrupted.removeEventListener('abort', stop)
      })
  })
