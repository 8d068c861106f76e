export interface Timed {
  readonly records: number
  readonly ms: number
}

export function median(numbers: readonly number[]): number
export function rateOf(timed: Timed): number
export function lead(results: Readonly<Record<string, readonly Timed[]>>, peer: readonly Timed[]): string
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string
