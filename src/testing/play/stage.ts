import { wireBytes } from '../../model/producer-record.js'
import { currentScope } from '../time/scopes.js'
import { isInput, type OutputLabel } from '../diagram/line-label.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { BugTrial } from '../bugs/planted-bug.js'
import { plannedWrites } from '../bugs/planned-writes.js'
import { checkInputs } from './check-inputs.js'
import { checkLetters } from './check-letters.js'
import { checkNames } from './check-names.js'
import { type Lettered, Letters, unknownLetter } from './letters.js'
import type { SentRecord } from './sent-record.js'
import { readText } from './compare-value.js'
import { sayNotCompared } from './not-compared.js'
import { Values } from './values.js'
import { textOfWrite } from './written-parts.js'
import { Recorder } from './recorder.js'
import type { AnyStageMember } from './any-stage-member.js'
import { groupOf, makeMember, type MemberSource, watchLocks } from './make-member.js'
import type { AnyScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import { StageActs } from './stage-acts.js'
import { type Life, StageLives } from './stage-lives.js'
import { SunkRecords } from './sunk-records.js'
import { DiagramSink, type SunkRecord } from './test-sink.js'

/** The purpose of playing a diagram. */
export interface StagePurpose {
  /** the planted bug, if any */
  readonly trial?: BugTrial | null
  /** whether every name and letter of the scenario has to occur in the diagram; not for generated diagrams */
  readonly isStrict?: boolean
  /** whether written and delivered values are kept as text, for comparison with another cluster */
  readonly keepsValues?: boolean
}

/** Plays the actions of a diagram, and records the events. */
export class Stage {
  readonly diagram: Diagram
  readonly recorder: Recorder
  readonly letters = new Letters()
  readonly sunk = new SunkRecords()
  readonly values: Values
  /** when something first happened after which records may be repeated */
  disturbedAt = Infinity
  readonly acts: {
    /** the topics that pipelines have written to, or tried to */
    readonly askedTopics: Set<string>
    /** what members have done after their pipelines had ended */
    readonly late: string[]
    /** the actions of the diagram */
    readonly done: StageActs
  }
  readonly scenario: AnyScenario
  readonly sink: DiagramSink
  readonly host: StageHost
  private readonly members: StageLives
  private readonly purpose: Pick<MemberSource, 'trial'> & { readonly keepsValues: boolean }

  constructor(
    diagram: Diagram,
    scenario: AnyScenario,
    host: StageHost,
    { trial = null, isStrict = true, keepsValues = false }: StagePurpose = {}
  ) {
    this.diagram = diagram
    this.scenario = scenario
    this.values = new Values(scenario)
    this.host = host
    this.members = new StageLives(host)
    const planted = trial === null ? null : { bug: trial, planned: plannedWrites(diagram, scenario) }
    this.purpose = { keepsValues, trial: planted }
    const begin = host.clock.now()
    this.recorder = new Recorder(() => host.clock.now() - begin)
    this.sink = new DiagramSink(diagram.lines)
    const done = new StageActs({
      scenario,
      host,
      letters: this.letters,
      members: this.members,
      groupId: this.groupId,
      forgetsDrain: () => trial?.forgetsDrain() === true,
      start: (member) => {
        this.start(member)
      },
      disturbed: () => {
        this.disturbed()
      }
    })
    this.acts = { askedTopics: new Set(), late: [], done }
    checkInputs(diagram, scenario)
    checkNames(diagram, scenario)
    if (isStrict) checkLetters(diagram, scenario)
    watchLocks(host, this.members)
  }

  /** Schedules all actions. Within a column, lines act in their order. */
  schedule(): void {
    const { columns, lines } = this.diagram
    for (const line of lines) {
      const { label } = line
      if (!isInput(label) || line.durations !== null) continue
      for (const marble of line.marbles)
        this.host.clock.schedule(columns.startOf(marble.column), () => {
          this.acts.done.act(line, label, marble)
        })
    }
  }

  /** Warns about values, and other parts of written records, that a line shows and nothing compares. */
  sayWhatWasNotCompared(): void {
    if (this.purpose.trial === null) sayNotCompared(this.values, this.diagram)
  }

  /** Cleans up after dead processes, when nothing observes them any more. */
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

  /** Records an event of the pipelines' own code. */
  note(line: OutputLabel, letter: string, nth?: number, value?: string): void {
    this.recorder.note(line, letter, nth, value)
    const process: unknown = currentScope()?.process ?? null
    const ended = process === null ? undefined : this.members.all.find((life) => life.process.clock === process)?.member
    if (ended === undefined || ended.endedAt === null) return
    const ms = this.recorder.now() - ended.endedAt
    if (ms > 0)
      this.acts.late.push(
        `${ended.name} put “${letter}” into the line “${line._tag === 'mark' ? line.name : line._tag}” ${String(ms)} ms after its end: its pipeline had not waited for that`
      )
  }

  /** The test has put a letter into a line of its own, with or without a value. */
  mark(name: string, letter: string, value: readonly unknown[]): void {
    const isShown = this.diagram.lines.some(({ label }) => label._tag === 'mark' && label.name === name)
    if (isShown) this.note({ _tag: 'mark', name }, this.values.ofMark(name, letter, value))
  }

  /** Begins a life of a member. */
  start(name: string): void {
    const { diagram, host, letters, recorder, scenario } = this
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
          const shown = this.values.ofRecord('sink', lettered, record.value)
          this.note({ _tag: 'sink' }, shown, lettered.nth, this.kept(record.value))
        }
      }),
      sinkTaken: () => {
        this.sink.isTaken = true
      },
      eventLetter: (tag) => Object.entries(scenario.events ?? {}).find(([, shown]) => shown === tag)?.[0],
      topicName: (topic) => host.topicName(topic)
    }
    const nth = this.members.countOf(name) + 1
    const life: Life = {
      member: process.enter(() => makeMember(setting, { diagram, scenario, host, ...this.purpose }, nth)),
      process
    }
    this.members.begin(name, life)
  }

  /** Ends the sessions of dead members at once, instead of after their timeout. */
  expireTheDead(): void {
    this.members.expireTheDead(this.groupId)
  }

  /** The diagram's records that have not reached the sink. */
  get missing(): readonly (SunkRecord & Lettered)[] {
    return this.letters.all.filter((written) => !this.sunk.has(written))
  }

  /** A pipeline has written a record, and it is confirmed. */
  private written({ record, partition, acks }: SentRecord): void {
    const { topic, key, value, headers, timestamp } = record
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
    const namesPartition = record.partition !== undefined
    const parts = { key: wireBytes(key), headers: given, partition, namesPartition, timestamp, acks }
    const whole = letter === unknownLetter ? letter : values.ofParts(line, { letter, nth: origin?.nth }, parts)
    const kept = this.purpose.keepsValues ? textOfWrite(parts, bytes) : undefined
    this.recorder.note({ _tag: 'writes', topic: shown }, whole, origin?.nth, kept)
  }

  private kept(value: unknown): string | undefined {
    return this.purpose.keepsValues ? readText(value) : undefined
  }

  private disturbed(): void {
    this.disturbedAt = Math.min(this.disturbedAt, this.recorder.now())
  }
}
