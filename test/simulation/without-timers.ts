/** While a schedule runs no real time passes: rxjs alone uses a timer, to throw what nobody has caught. */
export const withoutTimers = (threw: (error: unknown) => void): (() => void) => {
  const former = globalThis.setTimeout
  const atOnce = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      threw(error)
    }
  }
  globalThis.setTimeout = atOnce as unknown as typeof setTimeout
  return () => {
    globalThis.setTimeout = former
  }
}
