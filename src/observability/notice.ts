import { describeFault } from '../model/describe-fault.js'
import type { Fault } from '../model/fault.js'
import { type Line, line, nothing, ownWords } from '../model/line.js'
import { printable, reasonOf } from '../model/printable.js'
import { faultOfError } from '../model/consumer-error.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { LogFields, LogLevel } from './logger.js'

/** An event as one line for a person, and as fields for a machine. */
export interface Notice {
  readonly level: LogLevel
  /** what happened and where */
  readonly what: Line
  /** why, and what to do about it; begins with its own punctuation */
  readonly why: Line
  /** the kind of event */
  readonly event: string
  /** notices of one kind and subject are folded into one line while they repeat */
  readonly subject: string
  readonly fields: LogFields
}

/** Makes a notice of an event. */
export const notice = (
  event: { readonly _tag: string },
  level: LogLevel,
  what: Line,
  why: Line = nothing,
  subject: string = what.text
): Notice => ({ level, what, why, event: event._tag, subject, fields: fieldsOf(event) })

/** A notice for each kind of an event. */
export type NoticesOf<Event extends { readonly _tag: string }> = {
  readonly [Tag in Event['_tag']]: (event: Extract<Event, { readonly _tag: Tag }>) => Notice
}

/** The notice of an event, by the row of its kind. */
export const noticeBy = <Event extends { readonly _tag: string }>(notices: NoticesOf<Event>, event: Event): Notice => {
  // The row of a tag takes the events of that tag; the compiler does not follow this through the index.
  const row = notices[event._tag as Event['_tag']] as (event: Event) => Notice
  return row(event)
}

export const placeLine = ({ topic, partition }: TopicPartition): Line => line`${topic}/${partition}`

/** `: ` and the fault. */
export const because = (fault: Fault | null): Line => (fault === null ? nothing : ownWords(`: ${describeFault(fault)}`))

/** A thrown value, in a few words. */
export const thrownReason = (thrown: unknown): Line => {
  const fault = faultOfError(thrown)
  return fault === null ? line`${reasonOf(thrown)}` : ownWords(describeFault(fault))
}

/** `orders/0-3, 7, refunds/1`: partitions, in a short form for any number. */
export const partitionsOf = (partitions: readonly TopicPartition[]): Line => {
  if (partitions.length === 0) return ownWords('nothing')
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  return line`${[...byTopic].map(([topic, numbers]) => `${topic}/${ranges(numbers)}`).join(', ')}`
}

const ranges = (numbers: readonly number[]): string => {
  const runs: (readonly [from: number, to: number])[] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last?.[1] === number - 1) runs[runs.length - 1] = [last[0], number]
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${String(from)}-${String(to)}`)).join(', ')
}

/** The fields of an event that any logger can write: no causes, which may hold values, and no lists. */
const fieldsOf = (event: { readonly _tag: string }): LogFields => {
  const fields: Record<string, string | number | boolean> = { event: event._tag }
  for (const [name, value] of Object.entries(event) as [string, unknown][]) {
    const thrown = name === 'cause' ? faultOfError(value) : null
    if (thrown !== null) Object.assign(fields, { fault: thrown._tag, faultReason: describeFault(thrown) })
    if (name === '_tag' || thrown !== null) continue
    if (typeof value === 'string') fields[name] = printable(value)
    else if (typeof value === 'bigint') fields[name] = String(value)
    else if (typeof value === 'number' || typeof value === 'boolean') fields[name] = value
    else if (isFault(name, value)) Object.assign(fields, { fault: value._tag, faultReason: describeFault(value) })
  }
  return fields
}

const isFault = (name: string, value: unknown): value is Fault =>
  name === 'fault' && typeof value === 'object' && value !== null && '_tag' in value
