/** A line of a history: the time in ms, what happened, and what belongs to that. */
export interface HistoryEvent {
  readonly t: number
  readonly e: string
  readonly [detail: string]: unknown
}

/** What a scenario leaves behind. */
export interface Run {
  /** where the histories are */
  readonly folder: string
  /** by the name of the process; `driver` is who did it to them, and saw what the group stored */
  readonly histories: ReadonlyMap<string, readonly HistoryEvent[]>
  /** the end of each partition's log */
  readonly ends: ReadonlyMap<number, number>
  /** what the group has stored of each partition at the end */
  readonly committed: ReadonlyMap<number, number>
}

export interface ScenarioOptions {
  readonly brokers: string
  readonly partitions?: number
  readonly members?: number
  readonly rounds?: number
  readonly changes?: number
  readonly seed?: number
  /** records a second */
  readonly rate?: number
  readonly calmMs?: number
  readonly pauseMs?: number
  readonly frozenMs?: number
  /** of every member, beside the group and the topic */
  readonly properties?: Readonly<Record<string, unknown>>
  readonly commits?: { readonly every?: number; readonly withinMs?: number }
  /** how long a record is worked on: what is delivered is not acknowledged yet */
  readonly workMs?: number
}

export const scenarios: Readonly<
  Record<'joins' | 'kills' | 'storm' | 'freeze', (options: ScenarioOptions) => Promise<Run>>
>
