import { subscribe } from '../../config/subscribe.js'
import type { ConsumerConfig } from '../../config/consumer-config.js'
import { type ProducerRecord, wireBytes } from '../../model/producer-record.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { InputLabel } from '../diagram/line-label.js'
import { isInput } from '../diagram/line-label.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import { checkInputs } from './check-inputs.js'
import { Letters } from './letters.js'
import { Recorder } from './recorder.js'
import type { Pipeline, Scenario } from './scenario.js'
import type { StageHost, StageProcess } from './stage-host.js'
import { StageMember } from './stage-member.js'
import { DiagramSink, type SunkRecord } from './test-sink.js'

/** The topics of a scenario, and how many partitions each has. */
export const topicsOf = ({ lines }: Diagram, { topics = {} }: Scenario): ReadonlyMap<string, number> => {
  const counts = new Map(Object.entries(topics))
  const atLeast = (topic: string, partitions: number): void => {
    counts.set(topic, Math.max(counts.get(topic) ?? 0, partitions))
  }
  for (const { label } of lines) {
    if ('place' in label) atLeast(label.place.topic, label.place.partition + 1)
    if (label._tag === 'writes') atLeast(label.topic, 1)
  }
  return counts
}

/** One life of a member, and the process that it runs in. */
interface Life {
  readonly member: StageMember
  readonly process: StageProcess
}

/** Plays what a diagram says is done, and keeps the book of what comes of it. */
export class Stage {
  readonly diagram: Diagram
  readonly recorder: Recorder
  readonly letters = new Letters()
  readonly lives: Life[] = []
  /** The records that the sink has got, by partition and offset. */
  readonly sunk = new Set<string>()
  private readonly scenario: Scenario
  private readonly host: StageHost
  private readonly sink: DiagramSink
  private readonly running = new Map<string, Life>()

  constructor(diagram: Diagram, scenario: Scenario, host: StageHost) {
    this.diagram = diagram
    this.scenario = scenario
    this.host = host
    const begin = host.clock.now()
    this.recorder = new Recorder(() => host.clock.now() - begin)
    this.sink = new DiagramSink(diagram.lines)
    checkInputs(diagram, scenario)
  }

  /** Puts everything that is done on the clock. Within a column it is done in the order of the lines. */
  schedule(): void {
    const { columns, lines } = this.diagram
    for (const line of lines) {
      for (const { column, char } of line.marbles) {
        const { label } = line
        if (!isInput(label) || label._tag === 'sink takes') continue
        this.host.clock.schedule(columns.startOf(column), () => {
          this.act(label, char)
        })
      }
    }
  }

  get live(): readonly StageMember[] {
    return [...this.running.values()].map(({ member }) => member).filter((member) => !member.isOver)
  }

  get groupId(): string {
    return this.configOf('')['group.id'] ?? ''
  }

  /** Begins a life of a member. */
  start(name: string): void {
    const { host, letters, recorder, scenario } = this
    const process = host.newProcess(({ topic, key, value, headers }) => {
      const given = headers.map((header) => ({ name: header.name, value: wireBytes(header.value) }))
      const letter = letters.ofCopy(wireBytes(key), wireBytes(value), given, (real) => host.topicName(real))
      recorder.note({ _tag: 'writes', topic: host.topicName(topic) }, letter)
    })
    const named = (record: SunkRecord): SunkRecord => ({
      topic: host.topicName(record.topic),
      partition: record.partition,
      offset: record.offset
    })
    const letterOf = (record: SunkRecord): string => {
      const { topic, partition, offset } = named(record)
      return letters.of(topic, partition, offset)
    }
    const member = new StageMember({
      name,
      cluster: process.cluster,
      pipeline: this.pipelineOf(name),
      config: this.configOf(name),
      letters,
      recorder,
      sink: this.sink.of(process.clock, {
        letterOf,
        wrote: (record) => {
          this.sunk.add(sunkKey(named(record)))
          recorder.note({ _tag: 'sink' }, letterOf(record))
        }
      }),
      eventLetter: (tag) => Object.entries(scenario.events ?? {}).find(([, shown]) => shown === tag)?.[0],
      topicName: (topic) => host.topicName(topic)
    })
    const life = { member, process }
    this.lives.push(life)
    this.running.set(name, life)
  }

  /** Records that the diagram wrote and the sink has not got. */
  get missing(): readonly (SunkRecord & { readonly letter: string })[] {
    return this.letters.all.filter((written) => !this.sunk.has(sunkKey(written)))
  }

  private pipelineOf(name: string): Pipeline {
    return this.scenario.members?.[name]?.pipeline ?? this.scenario.pipeline
  }

  private configOf(name: string): ConsumerConfig {
    const { diagram, scenario, host } = this
    const topics = diagram.lines.flatMap(({ label }) => (label._tag === 'records' ? [label.place.topic] : []))
    const all = [...new Set(topics)].map((topic) => host.realTopic(topic))
    return {
      'group.id': 'group',
      'auto.offset.reset': 'earliest',
      'heartbeat.interval.ms': Math.min(3_000, 3 * diagram.columns.columnMs),
      subscription: subscribe(...all),
      ...scenario.config,
      ...scenario.members?.[name]?.config
    }
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
        this.consumerOf(label.member)?.[char === '^' ? 'pause' : 'resume']([this.real(label.place)])
        break
      case 'seeks':
        this.seek(label.member, label.place, char)
        break
      case 'fails':
        this.host.failNext(label.api, this.scenario.faults?.[char] ?? 'disconnect')
        break
      case 'sink takes':
      case 'time':
        break
    }
  }

  private produce(place: TopicPartition, letter: string): void {
    const record: Omit<ProducerRecord, 'topic' | 'partition'> = { key: letter, value: letter, ...this.scenario.records?.[letter] } // prettier-ignore
    const offset = this.host.produce(place, record)
    this.letters.wrote({ ...place, offset, letter, key: wireBytes(record.key), value: wireBytes(record.value) })
  }

  private actOn(name: string, char: string): void {
    if (char === '^') {
      this.start(name)
      return
    }
    const life = this.running.get(name)
    if (life === undefined) return
    switch (char) {
      case '|':
        life.member.drain()
        break
      case '!':
        life.member.unsubscribe()
        break
      case '#':
        life.process.kill()
        life.member.crash()
        break
      default:
        if (life.member.memberId !== null) this.host.expireSession(this.groupId, life.member.memberId)
    }
  }

  private seek(name: string, place: TopicPartition, letter: string): void {
    const offset = this.letters.find(place, letter)
    if (offset !== null) this.consumerOf(name)?.seek(this.real(place), { offset })
  }

  private consumerOf(name: string): StageMember['consumer'] | undefined {
    return this.running.get(name)?.member.consumer
  }

  private real({ topic, partition }: TopicPartition): TopicPartition {
    return { topic: this.host.realTopic(topic), partition }
  }
}

const sunkKey = ({ topic, partition, offset }: SunkRecord): string => `${partitionKey(topic, partition)} ${offset.toString()}` // prettier-ignore
