import type { TopicPartition } from '../../model/topic-partition.js'
import type { Columns } from '../diagram/columns.js'
import { type OutputLabel, placeText } from '../diagram/line-label.js'
import type { Marble } from '../diagram/marble.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'

/** Something that can be seen of a scenario, as a marble in a line. */
export interface Happening {
  readonly at: number
  readonly line: OutputLabel
  readonly char: string
}

/** The book of a scenario: everything that can be seen of it, in the order in which it happened. */
export class Recorder {
  readonly happenings: Happening[] = []
  /** Milliseconds since the beginning. */
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  note(line: OutputLabel, char: string): void {
    this.happenings.push({ at: this.now(), line, char })
  }

  /** What is to be seen in a line of a diagram. */
  marblesOf({ label }: DiagramLine, columns: Columns): readonly Marble[] {
    return this.happenings.flatMap(({ at, line, char }) => {
      const column = columns.columnAt(at)
      return column !== null && belongsTo(line, label) ? [{ column, char }] : []
    })
  }
}

const isSamePlace = (a: TopicPartition, b: TopicPartition): boolean => placeText(a) === placeText(b)

/** Whether a happening is shown in a line; one without a member shows all members. */
const belongsTo = (line: OutputLabel, label: DiagramLine['label']): boolean => {
  switch (label._tag) {
    case 'stream':
      return line._tag === 'stream' && line.member === label.member && isSamePlace(line.place, label.place)
    case 'acks':
    case 'commits':
    case 'refused':
      return line._tag === label._tag && ofMember(line.member, label.member) && isSamePlace(line.place, label.place)
    case 'handles':
      return line._tag === 'handles' && ofMember(line.member, label.member) && line.letter === label.letter
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
    case 'sink takes':
    case 'time':
      return false
  }
}

const ofMember = (member: string | null, wanted: string | null): boolean => wanted === null || member === wanted
