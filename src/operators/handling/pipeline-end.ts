/**
 * The end of one pipeline, as a signal. The signal is created on first access: most handlers never use it, and an abort records
 * a stack trace.
 */
export class PipelineEnd {
  private controller: AbortController | null = null
  private hasEnded = false

  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController()
      if (this.hasEnded) this.controller.abort()
    }
    return this.controller.signal
  }

  abort(): void {
    this.hasEnded = true
    this.controller?.abort()
  }
}
