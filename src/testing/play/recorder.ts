import type { TopicPartition } from '../../model/topic-partition.js'
import type { OutputLabel } from '../diagram/line-label.js'
import type { Marble } from '../diagram/marble.js'
import type { Diagram, DiagramLine } from '../diagram/parse-diagram.js'
import type { AttemptOutcome } from './recorded-record.js'

/** An event of a scenario, as a marble in a line. */
export interface Happening {
  readonly at: number
  readonly line: OutputLabel
  readonly char: string
  /** the number of the record with this letter */
  readonly nth?: number | undefined
  /** the written or delivered value as text, if it is kept */
  readonly value?: string | undefined
  /** the outcome of an attempt */
  outcome?: AttemptOutcome
}

const outcomeChars = { succeeded: '|', failed: '#', abandoned: '!' } as const

/** Records all events of a scenario in their order. */
export class Recorder {
  readonly happenings: Happening[] = []
  /** Milliseconds since the beginning. */
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  note(line: OutputLabel, char: string, nth?: number, value?: string): Happening {
    const happening: Happening = { at: this.now(), line, char, nth, value }
    this.happenings.push(happening)
    return happening
  }

  /** The events of a line after the last column. */
  afterOf(diagramLine: DiagramLine, { columns, lines }: Diagram): readonly Marble[] {
    return this.shownIn(diagramLine, lines).flatMap(({ at, char, nth }) =>
      columns.columnAt(at) === null ? [{ column: columns.count, char, nth }] : []
    )
  }

  /** The events of a line; a line that distinguishes success from failure shows the outcome of attempts. */
  marblesOf(diagramLine: DiagramLine, { columns, lines }: Diagram): readonly Marble[] {
    return this.shownIn(diagramLine, lines).flatMap(({ at, char, nth }) => {
      const column = columns.columnAt(at)
      return column === null ? [] : [{ column, char, nth }]
    })
  }

  private shownIn({ label, name }: DiagramLine, lines: readonly DiagramLine[]): readonly Happening[] {
    const tells =
      label._tag === 'handles' &&
      lines.some((row) => row.name === name && row.marbles.some(({ char }) => char === '|' || char === '#'))
    return this.happenings.flatMap((happening) => {
      if (!belongsTo(happening.line, label)) return []
      const { outcome } = happening
      return [tells && outcome !== undefined ? { ...happening, char: outcomeChars[outcome] } : happening]
    })
  }
}

const isSamePlace = (a: TopicPartition, b: TopicPartition): boolean =>
  a.partition === b.partition && a.topic === b.topic

/** Whether an event belongs to a line; a line without a member shows all members. */
const belongsTo = (line: OutputLabel, label: DiagramLine['label']): boolean => {
  switch (label._tag) {
    case 'stream':
      return line._tag === 'stream' && line.member === label.member && isSamePlace(line.place, label.place)
    case 'acks':
    case 'commits':
    case 'refused':
    case 'acquires':
    case 'counts':
    case 'accepts':
    case 'releases':
    case 'rejects':
    case 'renews':
    case 'loses':
    case 'expires':
    case 'archives':
      return line._tag === label._tag && ofMember(line.member, label.member) && isSamePlace(line.place, label.place)
    case 'handles':
      return (
        line._tag === 'handles' &&
        ofMember(line.member, label.member) &&
        line.letter === label.letter &&
        (label.nth === undefined || label.nth === line.nth)
      )
    case 'rebalances':
    case 'events':
    case 'ends':
      return line._tag === label._tag && line.member === label.member
    case 'sink':
      return line._tag === 'sink'
    case 'writes':
      return line._tag === 'writes' && line.topic === label.topic
    case 'mark':
      return line._tag === 'mark' && line.name === label.name
    case 'records':
    case 'member':
    case 'pauses':
    case 'seeks':
    case 'fails':
    case 'takes':
    case 'throttles':
    case 'sink takes':
    case 'time':
      return false
  }
}

const ofMember = (member: string | null, owner: string | null): boolean => owner === null || member === owner
