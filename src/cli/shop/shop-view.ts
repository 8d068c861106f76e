import type { ConsumerEvent } from '../../model/consumer-event.js'
import { describeFault } from '../../model/describe-fault.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { LiveLines } from '../live-lines.js'
import type { ShownMember } from '../progress.js'

const plainEveryMs = 2_000

/** The output of the shop: a progress line, and above it the events of the members. */
export class ShopView {
  private readonly members: readonly ShownMember[]
  private readonly count: number
  private readonly committed = new Map<string, bigint>()
  private readonly lines: LiveLines
  private letters = 0
  private priced = 0

  constructor(members: readonly ShownMember[], count: number) {
    this.members = members
    this.count = count
    this.lines = new LiveLines(plainEveryMs, () => [this.line()])
    for (const member of members) this.listen(member)
  }

  readonly handled = (): void => {
    this.priced++
  }

  /** Writes a permanent line. */
  say(line: string): void {
    this.lines.say(line)
  }

  stop(): void {
    this.lines.stop()
  }

  private listen({ name, consumer }: ShownMember): void {
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
    return `  ${grouped(this.priced + this.letters)} of ${grouped(this.count)} handled | ${grouped(committed)} committed | ${grouped(this.letters)} dead letters | ${held.join(' | ')}`
  }
}

/** Events that need no attention here. */
const quiet: ReadonlySet<ConsumerEvent['_tag']> = new Set(['end reached', 'gap', 'joining', 'recovered', 'reset'])

const rebalanceLine = (name: string, event: RebalanceEvent): string | null => {
  switch (event._tag) {
    case 'assigned':
      return event.gained.length === 0 ? null : `+ ${name} is given ${listed(event.gained)}`
    case 'revoking':
      return `- ${name} gives up ${listed(event.partitions)}: finishes what is in flight and commits it`
    case 'revoked':
      return `- ${name} has given up ${listed(event.partitions)}: ${event.partitions.every(({ outcome }) => outcome === 'drained') ? 'all of it handled and committed' : 'not all of it was finished'}`
    case 'lost':
      return `! ${name} has lost ${listed(event.partitions)}: ${describeFault(event.fault)}`
  }
}

/** Formats 6000 as 6,000, independently of the locale. */
export const grouped = (count: number): string => count.toLocaleString('en-US')

const listed = (partitions: readonly TopicPartition[]): string =>
  partitions.length === 0
    ? 'nothing'
    : partitions
        .map(({ partition }) => partition)
        .sort((a, b) => a - b)
        .join(' ')
