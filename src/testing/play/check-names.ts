import type { TopicPartition } from '../../model/topic-partition.js'
import { DiagramError } from '../diagram/diagram-error.js'
import { didYouMean } from '../diagram/did-you-mean.js'
import { isInput, placeText } from '../diagram/line-label.js'
import { type Diagram, type DiagramLine, noJump } from '../diagram/parse-diagram.js'
import { unknownLetter } from './letters.js'
import type { AnyScenario } from './share-scenario.js'

/**
 * Checks that every name in a diagram refers to something: a line of dashes for an unknown member, partition or letter would
 * pass whatever happens.
 *
 * @throws DiagramError that names the unknown one, and those that exist
 */
export const checkNames = (diagram: Diagram, scenario: AnyScenario): void => {
  const names = new Names(diagram, scenario)
  for (const line of diagram.lines) {
    const fault = names.faultOf(line)
    if (fault !== null) throw new DiagramError(fault.reason, diagram.text, line.row, fault.column)
  }
}

interface NameFault {
  readonly reason: string
  /** in the text */
  readonly column: number
}

/** The characters besides letters in the lines of these kinds. */
const marksOf = {
  stream: '^|#!',
  acks: '',
  commits: '0',
  refused: '0',
  sink: '',
  acquires: '',
  accepts: '',
  releases: '',
  rejects: '',
  renews: '',
  loses: '',
  expires: '',
  archives: ''
} as const

class Names {
  readonly members: readonly string[]
  private readonly diagram: Diagram
  private readonly topics: Readonly<Record<string, number>>
  /** the written letters, by partition */
  private readonly letters = new Map<string, ReadonlySet<string>>()
  /** how often each letter is written */
  private readonly counts = new Map<string, number>()
  private readonly places: ReadonlySet<string>

  constructor(diagram: Diagram, { topics = {} }: AnyScenario) {
    this.diagram = diagram
    this.topics = topics
    this.members = unique(diagram.lines.flatMap(({ label }) => (label._tag === 'member' ? [label.member] : [])))
    const places = new Set<string>()
    for (const { label, marbles } of diagram.lines) {
      if (!('place' in label)) continue
      const place = placeText(label.place)
      // Expected events in a place imply that it exists, or the line fails. Actions on a place do not imply that.
      if (label._tag === 'records' || (marbles.length > 0 && !isInput(label))) places.add(place)
      if (label._tag !== 'records') continue
      this.letters.set(place, new Set([...(this.letters.get(place) ?? []), ...marbles.map(({ char }) => char)]))
      for (const { char } of marbles) this.counts.set(char, (this.counts.get(char) ?? 0) + 1)
    }
    this.places = places
  }

  faultOf(line: DiagramLine): NameFault | null {
    const { label, name } = line
    const at = (word: string): number => Math.max(0, name.indexOf(word))
    if ('member' in label && label._tag !== 'member' && label.member !== null && !this.members.includes(label.member))
      return { reason: `there is no member “${label.member}”.${didYouMean(label.member, this.members)}`, column: 0 }
    if ('place' in label && !this.has(label.place)) {
      const place = placeText(label.place)
      return {
        reason: `nothing is written to “${place}”, and “topics” has it not.${didYouMean(place, this.written())}`,
        column: at(place)
      }
    }
    if (label._tag === 'handles' || label._tag === 'sink takes') {
      const known = this.lettersOf(null)
      if (!known.includes(label.letter) && label.letter !== unknownLetter)
        return {
          reason: `no record is “${label.letter}”.${didYouMean(label.letter, known)}`,
          column: name.lastIndexOf(label.letter)
        }
      const reason = this.numberFault(label.letter, label.nth)
      if (reason !== null) return { reason, column: name.lastIndexOf(label.letter) }
    }
    return this.letterFault(line)
  }

  private has({ topic, partition }: TopicPartition): boolean {
    const place = placeText({ topic, partition })
    return this.places.has(place) || partition < (this.topics[topic] ?? 0)
  }

  /** Partitions that the diagram writes to, and those of `topics`. */
  private written(): readonly string[] {
    const more = Object.entries(this.topics).flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => placeText({ topic, partition }))
    )
    return unique([...this.letters.keys(), ...more])
  }

  private lettersOf(place: TopicPartition | null): readonly string[] {
    if (place !== null) return [...(this.letters.get(placeText(place)) ?? [])]
    return unique([...this.letters.values()].flatMap((letters) => [...letters]))
  }

  private numberFault(letter: string, nth: number | undefined): string | null {
    const count = this.counts.get(letter) ?? 0
    return nth === undefined || nth <= count
      ? null
      : `“${letter}” is written ${count === 1 ? 'once' : `${String(count)} times`}: there is no ${letter}[${String(nth)}]`
  }

  /** A letter that was never written cannot be seen. */
  private letterFault({ label, marbles, text }: DiagramLine): NameFault | null {
    if (isInput(label)) return null
    for (const { char, nth, column } of marbles) {
      const reason = this.numberFault(char, nth)
      if (reason !== null) return { reason, column: this.diagram.margin + column }
    }
    if (!(label._tag in marksOf)) return null
    const place = 'place' in label ? label.place : null
    const known = this.lettersOf(place)
    const more = marksOf[label._tag as keyof typeof marksOf]
    const strange = marbles.find(({ char }) => !known.includes(char) && !more.includes(char) && char !== unknownLetter)
    if (strange === undefined) return null
    const where = place === null ? 'the diagram' : placeText(place)
    if (place !== null && known.length === 0)
      return {
        reason: `the diagram writes nothing to “${where}”, so no “${strange.char}” can be seen there.${didYouMean(where, this.written())}`,
        column: 0
      }
    return {
      reason:
        noJump(text, strange) ?? `“${strange.char}” is never written to ${where}.${didYouMean(strange.char, known)}`,
      column: this.diagram.margin + strange.column
    }
  }
}

const unique = (list: readonly string[]): readonly string[] => [...new Set(list)]
