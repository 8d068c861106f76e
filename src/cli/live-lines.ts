const liveEveryMs = 100

/** Progress lines: redrawn in place on a terminal, otherwise written again every `plainEveryMs`. */
export class LiveLines {
  private readonly lines: () => readonly string[]
  private readonly live = process.stdout.isTTY
  private readonly timer: NodeJS.Timeout
  private drawn = 0

  constructor(plainEveryMs: number, lines: () => readonly string[]) {
    this.lines = lines
    this.timer = setInterval(
      () => {
        this.draw()
      },
      this.live ? liveEveryMs : plainEveryMs
    )
  }

  /** Writes a permanent line above the progress lines. */
  say(line: string): void {
    this.erase()
    process.stdout.write(`${line}\n`)
    if (this.live) this.draw()
  }

  /** Writes the progress lines for the last time. */
  stop(): void {
    clearInterval(this.timer)
    this.draw()
  }

  private draw(): void {
    this.erase()
    // A wrapped line would take two rows and be erased only in part.
    const lines = this.live ? this.lines().map((line) => line.slice(0, process.stdout.columns)) : this.lines()
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
    if (this.live) this.drawn = lines.length
  }

  private erase(): void {
    if (this.drawn > 0) process.stdout.write(`\u001b[${String(this.drawn)}A\u001b[0J`)
    this.drawn = 0
  }
}
