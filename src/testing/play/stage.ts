import { type ProducerRecord, wireBytes } from '../../model/producer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { currentScope } from '../time/scopes.js'
import { type InputLabel, isInput, type OutputLabel } from '../diagram/line-label.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { BugTrial } from '../bugs/planted-bug.js'
import { plannedWrites } from '../bugs/planned-writes.js'
import { checkInputs } from './check-inputs.js'
import { checkNames } from './check-names.js'
import { type Lettered, Letters } from './letters.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'
import { Values } from './values.js'
import { Recorder } from './recorder.js'
import type { AnyStageMember } from './any-stage-member.js'
import { groupOf, makeMember, type MemberSource, watchLocks } from './make-member.js'
import type { AnyScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import { type Life, StageLives } from './stage-lives.js'
import { SunkRecords } from './sunk-records.js'
import { DiagramSink, type SunkRecord } from './test-sink.js'

/** Plays what a diagram says is done, and keeps the book of what comes of it. */
export class Stage {
  readonly diagram: Diagram
  readonly recorder: Recorder
  readonly letters = new Letters()
  readonly sunk = new SunkRecords()
  readonly values: Values
  /** When something was first done or said after which records may come again. */
  disturbedAt = Infinity
  readonly acts = {
    /** Topics that pipelines have written to, or have tried to. */
    askedTopics: new Set<string>(),
    /** What members have done after their pipelines had ended. */
    late: new Array<string>()
  }
  readonly scenario: AnyScenario
  readonly host: StageHost
  private readonly sink: DiagramSink
  private readonly members: StageLives
  readonly trial: MemberSource['trial']

  constructor(diagram: Diagram, scenario: AnyScenario, host: StageHost, trial: BugTrial | null = null) {
    this.diagram = diagram
    this.scenario = scenario
    this.values = new Values(scenario.values)
    this.host = host
    this.members = new StageLives(host)
    this.trial = trial === null ? null : { bug: trial, planned: plannedWrites(diagram, scenario) }
    const begin = host.clock.now()
    this.recorder = new Recorder(() => host.clock.now() - begin)
    this.sink = new DiagramSink(diagram.lines)
    checkInputs(diagram, scenario)
    checkNames(diagram, scenario)
    watchLocks(host, this.members)
  }

  /** Puts everything that is done on the clock. Within a column it is done in the order of the lines. */
  schedule(): void {
    const { columns, lines } = this.diagram
    for (const line of lines) {
      for (const { column, char } of line.marbles) {
        const { label } = line
        if (!isInput(label) || line.durations !== null) continue
        this.host.clock.schedule(columns.startOf(column), () => {
          this.act(label, char)
        })
      }
    }
  }

  /** Warns of what a line shows and nothing compares. */
  sayWhatWasNotCompared(): void {
    const lines = [...this.values.notCompared].filter((line) => this.diagram.lines.some(({ name }) => name === line))
    if (lines.length === 0) return
    const { process } = globalThis as { readonly process?: { emitWarning?(text: string, type: string): void } }
    process?.emitWarning?.(
      `values were not compared beyond their first character in ${lines.map((line) => `“${line}”`).join(', ')}: \`values\` says what letters stand for`,
      'MarbleWarning'
    )
  }

  /** Takes apart what dead processes have left, once nothing looks at it any more. */
  bury(): void {
    this.members.bury()
  }

  drainAll(): void {
    this.members.enterAll((member) => {
      member.drain()
    })
  }
  resumeAll(): void {
    this.members.enterAll((member) => {
      if (member.kind === 'consumer') member.consumer.resume()
    })
  }

  get lives(): readonly Life[] {
    return this.members.all
  }

  get live(): readonly AnyStageMember[] {
    return this.members.live
  }

  get groupId(): string {
    return groupOf(this)
  }

  /** Something that the pipelines' own code does. */
  note(line: OutputLabel, letter: string, nth?: number): void {
    this.recorder.note(line, letter, nth)
    const process: unknown = currentScope()?.process ?? null
    const ended = process === null ? undefined : this.members.all.find((life) => life.process.clock === process)?.member
    if (ended === undefined || ended.endedAt === null) return
    const ms = this.recorder.now() - ended.endedAt
    if (ms > 0)
      this.acts.late.push(
        `${ended.name} put “${letter}” into the line “${line._tag === 'mark' ? line.name : line._tag}” ${String(ms)} ms after its end: its pipeline had not waited for that`
      )
  }

  /** The test has put a letter into a line of its own, with a value or without. */
  mark(name: string, letter: string, value: readonly unknown[]): void {
    this.note(
      { _tag: 'mark', name },
      value.length === 0 ? letter : this.values.ofRecord(name, { letter, nth: undefined }, value[0])
    )
  }

  /** Begins a life of a member. */
  start(name: string): void {
    const { host, letters, recorder, scenario } = this
    const process = host.newProcess({
      asked: (topic) => this.acts.askedTopics.add(host.topicName(topic)),
      written: (record) => {
        this.written(record)
      },
      stored: (offsets) => {
        life.member.stored(offsets)
      }
    })
    const named = (record: SunkRecord): SunkRecord => ({
      topic: host.topicName(record.topic),
      partition: record.partition,
      offset: record.offset
    })
    const letterOf = (record: SunkRecord): Lettered => {
      const { topic, partition, offset } = named(record)
      return letters.of(topic, partition, offset)
    }
    const setting: Parameters<typeof makeMember>[0] = {
      name,
      cluster: process.cluster,
      letters,
      recorder,
      sink: this.sink.of(process.clock, {
        isDead: () => process.isDead,
        refused: () => {
          this.disturbed()
        },
        letterOf,
        wrote: (record) => {
          this.sunk.write(named(record), this.recorder.now())
          const lettered = letterOf(record)
          this.note({ _tag: 'sink' }, this.values.ofRecord('sink', lettered, record.value), lettered.nth)
        }
      }),
      eventLetter: (tag) => Object.entries(scenario.events ?? {}).find(([, shown]) => shown === tag)?.[0],
      topicName: (topic) => host.topicName(topic)
    }
    const life: Life = { member: process.enter(() => makeMember(setting, this)), process }
    this.members.begin(name, life)
  }

  /** The sessions of those who have died end now, not when their time has run out. */
  expireTheDead(): void {
    this.members.expireTheDead(this.groupId)
  }

  /** Records that the diagram wrote and the sink has not got. */
  get missing(): readonly (SunkRecord & Lettered)[] {
    return this.letters.all.filter((written) => !this.sunk.has(written))
  }

  /** A pipeline has written a record, and it is confirmed. */
  private written({ topic, key, value, headers }: OutgoingRecord): void {
    const { host, letters, values } = this
    const shown = host.topicName(topic)
    const line = `writes ${shown}`
    const given = headers.map((header) => ({ name: header.name, value: wireBytes(header.value) }))
    const bytes = wireBytes(value)
    const origin = letters.originOf(wireBytes(key), bytes, given, (real) => host.topicName(real))
    if (origin?.deadLetter != null) this.sunk.setAside(origin.deadLetter)
    const isDeadLetter = origin?.deadLetter != null && origin.isWhole
    const letter =
      origin === null
        ? values.ofWritten(line, bytes)
        : isDeadLetter
          ? origin.letter
          : values.ofRecord(line, origin, bytes)
    this.recorder.note({ _tag: 'writes', topic: shown }, letter, origin?.nth)
  }

  private act(label: InputLabel, char: string): void {
    switch (label._tag) {
      case 'records':
        this.produce(label.place, char)
        break
      case 'member':
        this.actOn(label.member, char)
        break
      case 'pauses':
        this.members.enter(label.member, (member) => {
          if (member.kind === 'consumer') member.consumer[char === '^' ? 'pause' : 'resume']([this.real(label.place)])
        })
        break
      case 'seeks':
        this.seek(label.member, label.place, char)
        break
      case 'fails':
        this.disturbed()
        this.host.failNext(label.api, this.scenario.faults?.[char] ?? 'disconnect', label.of)
        break
      case 'takes':
      case 'throttles':
      case 'sink takes':
      case 'time':
        break
    }
  }

  private disturbed(): void {
    this.disturbedAt = Math.min(this.disturbedAt, this.recorder.now())
  }

  private produce(place: TopicPartition, letter: string): void {
    const given = this.scenario.records?.[letter]
    const record: Omit<ProducerRecord, 'topic' | 'partition'> = {
      key: letter,
      value: letter,
      ...(typeof given === 'function' ? given(this.letters.next(letter)) : given)
    }
    const offset = this.host.produce(place, record)
    this.letters.wrote({ ...place, offset, letter, key: wireBytes(record.key), value: wireBytes(record.value) })
  }

  private actOn(name: string, char: string): void {
    if (char === '^') {
      this.start(name)
      return
    }
    if (char !== '|' && char !== 'T') this.disturbed()
    if ('|T'.includes(char) && this.trial?.bug.forgetsDrain() === true) {
      this.members.crash(name)
      return
    }
    switch (char) {
      case 'T':
        if (!this.members.raise(name, 'SIGTERM')) this.disturbed()
        break
      case '|':
        this.members.enter(name, (member) => {
          member.drain()
        })
        break
      case '!':
        this.members.enter(name, (member) => {
          member.unsubscribe()
        })
        break
      case '#':
        this.members.crash(name)
        break
      case '~':
        this.members.crash(name, 'cut off')
        break
      default:
        this.members.expire(name, this.groupId)
    }
  }

  private seek(name: string, place: TopicPartition, letter: string): void {
    const offset = this.letters.find(place, letter)
    if (offset !== null)
      this.members.enter(name, (member) => {
        if (member.kind === 'consumer') member.consumer.seek(this.real(place), { offset })
      })
  }

  private real({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.host.realTopic(topic), partition }
  }
}
