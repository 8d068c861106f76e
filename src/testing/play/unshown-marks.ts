import { nearest } from '../diagram/did-you-mean.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'

/** Lines of the test itself that no diagram shows: nothing is compared with their letters. */
export const unshownMarks = (marks: ReadonlySet<string>, lines: readonly DiagramLine[]): readonly string[] =>
  [...marks]
    .filter((mark) => !lines.some(({ label }) => label._tag === 'mark' && label.name === mark))
    .map((mark) => {
      const names = lines.map(({ name }) => name)
      const why = names.includes(mark)
        ? 'it was made after the diagram: call `mark` before `cluster`'
        : `write a line “${mark}”, or do without the mark`
      const meant = nearest(mark, names)
      const hint = meant === undefined || meant === mark ? '' : ` There is “${meant}”: was that meant?`
      return `no diagram shows what is put into “${mark}”, so it is compared with nothing: ${why}.${hint}`
    })
