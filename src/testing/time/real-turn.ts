import { realClock } from '../../internal/real-clock.js'

interface Port {
  onmessage: (() => void) | null
  postMessage(message: unknown): void
  close(): void
}

interface Host {
  readonly setImmediate?: (run: () => void) => unknown
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port }
}

// Taken now: a test framework may put its fake timers in their place later, and theirs never fire by themselves.
const { setImmediate, MessageChannel } = globalThis as unknown as Host

/** Fake timers that were there before this module, as with Jest's `fakeTimers: { enableGlobally: true }`. */
const isFake = (timer: object): boolean => 'clock' in timer

/** One real turn of the event loop, whatever fake timers there are. */
export const realTurn = (run: () => void): void => {
  if (setImmediate === undefined || (isFake(setImmediate) && MessageChannel === undefined)) realClock.turn(run)
  else if (isFake(setImmediate) && MessageChannel !== undefined) {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      run()
    }
    port2.postMessage(null)
  } else setImmediate(run)
}
