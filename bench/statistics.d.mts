export interface Timed {
  readonly records: number
  readonly ms: number
}

export interface MemorySample {
  readonly ms: number
  readonly rss: number
  readonly live: number
}

export interface MemoryOfRun {
  readonly rss: number
  readonly live: number
  readonly rssSlope: number
  readonly liveSlope: number
}

export function median(numbers: readonly number[]): number
export function rateOf(timed: Timed): number
export function lead(results: Readonly<Record<string, readonly Timed[]>>, peer: readonly Timed[]): string
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number
export function memoryOf(run: { readonly samples: readonly MemorySample[]; readonly rss: number }): MemoryOfRun
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string
