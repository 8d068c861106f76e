type SignalListener = (signal: string) => void

interface Listening {
  readonly run: SignalListener
  readonly once: boolean
}

/** What a member's code does with its process: listens for signals, and exits. */
export class ProcessSignals {
  /** Called when the code of the process calls `process.exit`. */
  whenExit: () => void = () => undefined
  private readonly listeners = new Map<string, readonly Listening[]>()

  on(signal: string, run: SignalListener, once: boolean): void {
    this.listeners.set(signal, [...this.of(signal), { run, once }])
  }

  off(signal: string, run: SignalListener): void {
    const last = this.of(signal).findLastIndex((listening) => listening.run === run)
    this.listeners.set(signal, this.of(signal).toSpliced(last === -1 ? Infinity : last, 1))
  }

  /** Sends a signal to the process: false if nothing listens, in which case Node ends the process. */
  raise(signal: string): boolean {
    const listeners = this.of(signal)
    for (const { run, once } of listeners) {
      if (once) this.off(signal, run)
      run(signal)
    }
    return listeners.length > 0
  }

  private of(signal: string): readonly Listening[] {
    return this.listeners.get(signal) ?? []
  }
}
