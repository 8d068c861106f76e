import type { Assignor } from './assignor.js'
import { cooperativeSticky } from './cooperative-sticky.js'
import { range } from './range.js'
import { roundrobin } from './roundrobin.js'
import { sticky } from './sticky.js'

/** Kafka's own assignors, by the name that `partition.assignment.strategy` has for them. */
export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky'

export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range,
  roundrobin,
  sticky,
  'cooperative-sticky': cooperativeSticky
}
