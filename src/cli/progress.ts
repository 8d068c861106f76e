import type { PartitionPosition } from '../model/partition-position.js'
import type { Consumer } from '../sources/consumer/consumer.js'

const liveEveryMs = 100
const plainEveryMs = 1_000

/** A member as it is shown. */
export interface ShownMember {
  readonly name: string
  readonly consumer: Consumer
}

/** Shows where every partition stands: redrawn in place on a terminal, as plain lines elsewhere. */
export class Progress {
  private readonly members: readonly ShownMember[]
  private readonly live = process.stdout.isTTY
  private readonly timer: NodeJS.Timeout
  private drawn = 0

  constructor(members: readonly ShownMember[]) {
    this.members = members
    this.timer = setInterval(
      () => {
        this.draw()
      },
      this.live ? liveEveryMs : plainEveryMs
    )
  }

  /** A line that stays, above those that are redrawn. */
  say(line: string): void {
    this.erase()
    process.stdout.write(`${line}\n`)
    if (this.live) this.draw()
  }

  stop(): void {
    clearInterval(this.timer)
    this.draw()
  }

  private draw(): void {
    this.erase()
    const lines = this.members.flatMap(({ name, consumer }) =>
      [...consumer.positions()].sort(byPlace).map((position) => lineOf(name, position))
    )
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
    if (this.live) this.drawn = lines.length
  }

  private erase(): void {
    if (this.drawn > 0) process.stdout.write(`\u001b[${String(this.drawn)}A\u001b[0J`)
    this.drawn = 0
  }
}

const byPlace = (a: PartitionPosition, b: PartitionPosition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1

const lineOf = (name: string, { topic, partition, position, lag, inFlight, standing }: PartitionPosition): string => {
  const place = `${name}  ${topic}/${String(partition)}`
  const at = `at ${position === null ? '?' : String(position)}`
  const behind = `lag ${lag === null ? '?' : String(lag)}`
  return `  ${place.padEnd(24)} ${at.padEnd(10)} ${behind.padEnd(10)} in flight ${String(inFlight).padEnd(5)} ${standing}`
}
