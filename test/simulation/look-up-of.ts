import type { Position } from '../../src/index.js'
import type { LookUp } from './history.js'

/** What is asked for to find a position. */
export const lookUpOf = (position: Exclude<Position, { readonly offset: bigint }>): LookUp => {
  if (position === 'committed') return position
  if (position === 'beginning') return -2
  return position === 'end' ? -1 : position.timestamp
}
