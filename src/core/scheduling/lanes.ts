import { Fifo } from './fifo.js'

/** Work that runs one after the other: the head is running, the rest waits. */
export interface Lane<T> {
  readonly name: string
  head: T
  readonly among: Map<string, Lane<T>>
  /** null until something waits: most lanes are short */
  waiting: Fifo<T> | null
}

/** Enters a lane, as its head if nothing in it is running, otherwise behind the others. */
export const enterLane = <T>(among: Map<string, Lane<T>>, name: string, item: T): Lane<T> => {
  const known = among.get(name)
  if (known !== undefined) {
    known.waiting ??= new Fifo()
    known.waiting.push(item)
    return known
  }
  const lane = { name, among, head: item, waiting: null }
  among.set(name, lane)
  return lane
}

/** The head has left: returns the next, which becomes the head; an empty lane is closed. */
export const leaveLane = <T>(lane: Lane<T>): T | undefined => {
  const next = lane.waiting?.shift()
  if (next === undefined) lane.among.delete(lane.name)
  else lane.head = next
  return next
}
