import { type ProducerRecord, wireBytes } from '../../model/producer-record.js'
import { refuseWrong } from '../../model/check-arguments.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { problemsWithRecordOf } from '../arguments/problems-with-scenario.js'
import type { InputLabel } from '../diagram/line-label.js'
import type { Marble } from '../diagram/marble.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'
import type { Letters } from './letters.js'
import type { AnyScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import type { StageLives } from './stage-lives.js'

/** What the lines of a diagram act on. */
export interface Acted {
  readonly scenario: AnyScenario
  readonly host: StageHost
  readonly letters: Letters
  readonly members: StageLives
  readonly groupId: string
  /** Whether a planted bug makes the member die here instead of being drained. */
  forgetsDrain(): boolean
  start(member: string): void
  /** From now on records may be repeated. */
  disturbed(): void
}

/** An action of a diagram that was impossible, and so had no effect. */
export interface IdleAct {
  readonly line: DiagramLine
  readonly marble: Marble
  readonly why: string
}

/** Performs the actions of a diagram. */
export class StageActs {
  readonly idle: IdleAct[] = []
  private readonly on: Acted

  constructor(on: Acted) {
    this.on = on
  }

  act(line: DiagramLine, label: InputLabel, marble: Marble): void {
    const why = this.whyIdle(label, marble.char)
    if (why === null) this.does(label, marble.char)
    else this.idle.push({ line, marble, why })
  }

  /** Why the action would have no effect; null if it has one. */
  private whyIdle(label: InputLabel, char: string): string | null {
    if (!('member' in label) || (label._tag === 'member' && char === '^')) return null
    const { member } = label
    const running = this.on.members.running(member)
    if (running === undefined) return `“${member}” has not begun`
    if (running.process.isDead) return `“${member}” has died before`
    if (running.member.isOver) return `“${member}” has ended before`
    return char === 'x' && running.member.memberId === null ? `“${member}” was in no group yet` : null
  }

  private does(label: InputLabel, char: string): void {
    const { host, members, scenario } = this.on
    switch (label._tag) {
      case 'records':
        this.produce(label.place, char)
        break
      case 'member':
        this.actOn(label.member, char)
        break
      case 'pauses':
        members.enter(label.member, (member) => {
          if (member.kind === 'consumer') member.consumer[char === '^' ? 'pause' : 'resume']([this.real(label.place)])
        })
        break
      case 'seeks':
        this.seek(label.member, label.place, char)
        break
      case 'fails':
        this.on.disturbed()
        host.failNext(label.api, (char === 'x' ? undefined : scenario.faults?.[char]) ?? 'disconnect', label.of)
        break
      case 'takes':
      case 'throttles':
      case 'sink takes':
      case 'time':
        break
    }
  }

  private produce(place: TopicPartition, letter: string): void {
    const { host, letters, scenario } = this.on
    const made = scenario.records?.[letter]
    const nth = letters.next(letter)
    const given = typeof made === 'function' ? made(nth) : made
    if (typeof made === 'function') refuseWrong(problemsWithRecordOf(`records.${letter}(${String(nth)})`, given))
    const record: Omit<ProducerRecord, 'topic' | 'partition'> = {
      key: letter,
      value: letter,
      ...given
    }
    const offset = host.produce(place, record)
    letters.wrote({ ...place, offset, letter, key: wireBytes(record.key), value: wireBytes(record.value) })
  }

  private actOn(name: string, char: string): void {
    const { members, groupId } = this.on
    if (char === '^') {
      this.on.start(name)
      return
    }
    if (char !== '|' && char !== 'T') this.on.disturbed()
    if ('|T'.includes(char) && this.on.forgetsDrain()) {
      members.crash(name)
      return
    }
    switch (char) {
      case 'T':
        if (!members.raise(name, 'SIGTERM')) this.on.disturbed()
        break
      case '|':
        members.enter(name, (member) => {
          member.drain()
        })
        break
      case '!':
        members.enter(name, (member) => {
          member.unsubscribe()
        })
        break
      case '#':
        members.crash(name)
        break
      case '~':
        members.crash(name, 'cut off')
        break
      default:
        members.expire(name, groupId)
    }
  }

  private seek(name: string, place: TopicPartition, letter: string): void {
    const offset = this.on.letters.find(place, letter)
    if (offset !== null)
      this.on.members.enter(name, (member) => {
        if (member.kind === 'consumer') member.consumer.seek(this.real(place), { offset })
      })
  }

  private real({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.on.host.realTopic(topic), partition }
  }
}
