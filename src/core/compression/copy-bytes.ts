import { copyRepeated } from './bounded-output.js'

/** From this length on a native call is faster than a loop. */
const long = 64

/** Copies bytes of the input, eight at a time. May write up to seven bytes more than `count`; reads none beyond the input. */
export const copyLiterals = (
  input: DataView,
  from: number,
  target: Uint8Array,
  view: DataView,
  to: number,
  count: number
): void => {
  if (count > long || from + count + 8 > input.byteLength) {
    if (count > 0) target.set(new Uint8Array(input.buffer, input.byteOffset + from, count), to)
    return
  }
  for (let done = 0; done < count; done += 8) {
    view.setInt32(to + done, input.getInt32(from + done, true), true)
    view.setInt32(to + done + 4, input.getInt32(from + done + 4, true), true)
  }
}

/** Copies `count` bytes from `distance` back, which may overlap. May write up to seven bytes more. */
export const copyMatch = (target: Uint8Array, view: DataView, to: number, distance: number, count: number): void => {
  const from = to - distance
  if (count > long) copyRepeated(target, to, distance, count)
  else if (distance >= 8)
    for (let done = 0; done < count; done += 8) {
      view.setInt32(to + done, view.getInt32(from + done, true), true)
      view.setInt32(to + done + 4, view.getInt32(from + done + 4, true), true)
    }
  else for (let done = 0; done < count; done++) target[to + done] = target[from + done] as number
}
