import type { PlantedBug } from './planted-bugs.js'

/** The source with the bug in it. Fails where its place is not found, or is not the only one: it has to be planted anew then. */
export const plant = ({ name, file, find, plant: planted }: PlantedBug, source: string): string => {
  const places = source.split(find)
  if (places.length !== 2)
    throw new Error(`${file}: the place of the bug “${name}” is there ${String(places.length - 1)} times`)
  return places.join(planted)
}
