import type { PartitionPosition } from '../model/partition-position.js'
import type { Consumer } from '../sources/consumer/consumer.js'
import { LiveLines } from './live-lines.js'

const plainEveryMs = 1_000

/** A member whose progress is shown. */
export interface ShownMember {
  readonly name: string
  readonly consumer: Consumer
}

/** Shows the position of every partition. */
export const progressOf = (members: readonly ShownMember[]): LiveLines =>
  new LiveLines(plainEveryMs, () =>
    members.flatMap(({ name, consumer }) =>
      [...consumer.positions()].sort(byPlace).map((position) => lineOf(name, position))
    )
  )

const byPlace = (a: PartitionPosition, b: PartitionPosition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1

const lineOf = (name: string, { topic, partition, position, lag, inFlight, standing }: PartitionPosition): string => {
  const place = `${name}  ${topic}/${String(partition)}`
  const at = `at ${position === null ? '?' : String(position)}`
  const behind = `lag ${lag === null ? '?' : String(lag)}`
  return `  ${place.padEnd(24)} ${at.padEnd(10)} ${behind.padEnd(10)} in flight ${String(inFlight).padEnd(5)} ${standing}`
}
