import type { ConsumerEvent } from '../../model/consumer-event.js'
import { describeFault } from '../../model/describe-fault.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Consumer } from '../../sources/consumer/consumer.js'

const liveEveryMs = 100
const plainEveryMs = 2_000

/** A member of the shop's group. */
export interface ShopMember {
  readonly name: string
  readonly consumer: Consumer
}

/** What the shop says: one line of progress, redrawn in place on a terminal, and above it what happens to the members. */
export class ShopView {
  private readonly members: readonly ShopMember[]
  private readonly count: number
  private readonly live = process.stdout.isTTY
  private readonly committed = new Map<string, bigint>()
  private readonly timer: NodeJS.Timeout
  private letters = 0
  private priced = 0
  private drawn = false

  constructor(members: readonly ShopMember[], count: number) {
    this.members = members
    this.count = count
    for (const member of members) this.listen(member)
    this.timer = setInterval(
      () => {
        this.draw()
      },
      this.live ? liveEveryMs : plainEveryMs
    )
  }

  /** An order was priced. */
  readonly handled = (): void => {
    this.priced++
  }

  /** A line that stays. */
  say(line: string): void {
    this.erase()
    process.stdout.write(`${line}\n`)
    if (this.live) this.draw()
  }

  stop(): void {
    clearInterval(this.timer)
    this.erase()
    process.stdout.write(`${this.line()}\n`)
  }

  private listen({ name, consumer }: ShopMember): void {
    consumer.rebalances.subscribe((event) => {
      const line = rebalanceLine(name, event)
      if (line !== null) this.say(line)
    })
    consumer.commits.subscribe((event) => {
      if (event._tag === 'stored')
        for (const { partition, offset } of event.offsets) this.committed.set(String(partition), offset)
    })
    consumer.events.subscribe((event) => {
      if (event._tag === 'dead lettered') this.letters++
      else if (!quiet.has(event._tag))
        this.say(`  ${name}: ${event._tag}${'fault' in event ? `: ${describeFault(event.fault)}` : ''}`)
    })
  }

  private line(): string {
    const committed = [...this.committed.values()].reduce((sum, offset) => sum + Number(offset), 0)
    const held = this.members.map(({ name, consumer }) => `${name} has ${listed(consumer.positions())}`)
    return `  ${grouped(this.priced + this.letters)} of ${grouped(this.count)} handled | ${grouped(committed)} committed | ${grouped(this.letters)} dead letters | ${held.join(' | ')}` // prettier-ignore
  }

  private draw(): void {
    this.erase()
    process.stdout.write(this.live ? this.line() : `${this.line()}\n`)
    this.drawn = this.live
  }

  private erase(): void {
    if (this.drawn) process.stdout.write('\r\u001b[0K')
    this.drawn = false
  }
}

/** What goes on by itself is no news here. */
const quiet: ReadonlySet<ConsumerEvent['_tag']> = new Set(['end reached', 'gap', 'joining', 'recovered', 'reset'])

const rebalanceLine = (name: string, event: RebalanceEvent): string | null => {
  switch (event._tag) {
    case 'assigned':
      return event.gained.length === 0 ? null : `+ ${name} is given ${listed(event.gained)}`
    case 'revoking':
      return `- ${name} gives up ${listed(event.partitions)}: finishes what is in flight and commits it`
    case 'revoked':
      return `- ${name} has given up ${listed(event.partitions)}: ${event.partitions.every(({ outcome }) => outcome === 'drained') ? 'all of it handled and committed' : 'not all of it was finished'}` // prettier-ignore
    case 'lost':
      return `! ${name} has lost ${listed(event.partitions)}: ${describeFault(event.fault)}`
  }
}

/** 6,000, wherever it runs. */
export const grouped = (count: number): string => count.toLocaleString('en-US')

const listed = (partitions: readonly TopicPartition[]): string =>
  partitions.length === 0
    ? 'nothing'
    : partitions
        .map(({ partition }) => partition)
        .sort((a, b) => a - b)
        .join(' ')
