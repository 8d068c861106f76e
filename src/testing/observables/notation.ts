import type { ObservableNotification } from 'rxjs'

/** A notification and its time. */
export interface TimedNotification {
  readonly frame: number
  readonly notification: ObservableNotification<unknown>
}

/** When an Observable was subscribed to and unsubscribed from. */
export interface SubscriptionLog {
  readonly subscribedFrame: number
  /** Infinity while it is subscribed to */
  readonly unsubscribedFrame: number
}

/** One character of marbles and its time. */
interface TimedChar {
  readonly frame: number
  readonly char: string
}

const jump = /^(\d+(?:\.\d+)?)(ms|s|m)(?= |$)/
const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const

/** rxjs's notation in `run` mode: a space takes no time, a jump its duration. */
const timedChars = (marbles: string, columnMs: number): readonly TimedChar[] => {
  const chars: TimedChar[] = []
  let time = 0
  let group: number | null = null
  for (let at = 0; at < marbles.length; at++) {
    const char = marbles.charAt(at)
    const [token, amount, unit] = (at === 0 || marbles[at - 1] === ' ' ? jump.exec(marbles.slice(at)) : null) ?? []
    if (token !== undefined) {
      time += Number(amount) * unitMs[unit as keyof typeof unitMs]
      at += token.length - 1
    } else if (char !== ' ') {
      if (char === '(') group = time
      else if (char === ')') group = null
      else if (char !== '-') chars.push({ frame: group ?? time, char })
      time += columnMs
    }
  }
  if (group !== null) throw new Error(`a group is not closed: ${marbles}`)
  const begin = chars.find(({ char }) => char === '^')?.frame ?? 0
  return chars.map(({ frame, char }) => ({ frame: frame - begin, char }))
}

/** Parses marbles; time begins at `^` if there is one. */
export const parseMarbles = (
  marbles: string,
  columnMs: number,
  values?: Readonly<Record<string, unknown>>,
  error: unknown = 'error'
): readonly TimedNotification[] =>
  timedChars(marbles, columnMs)
    .filter(({ char }) => char !== '^')
    .map(({ frame, char }) => {
      if (char === '|') return { frame, notification: { kind: 'C' } }
      if (char === '#') return { frame, notification: { kind: 'E', error } }
      return { frame, notification: { kind: 'N', value: values === undefined ? char : values[char] } }
    })

/** Parses `--^--!`; without `^` the subscription is immediate. */
export const parseSubscription = (marbles: string, columnMs: number): SubscriptionLog => {
  // Here time begins with the text.
  const chars = timedChars(marbles.replaceAll('^', '<'), columnMs)
  const strange = chars.find(({ char }) => char !== '<' && char !== '!')
  if (strange !== undefined) throw new Error(`“${strange.char}” means nothing among subscriptions: ${marbles}`)
  return {
    subscribedFrame: chars.find(({ char }) => char === '<')?.frame ?? 0,
    unsubscribedFrame: chars.find(({ char }) => char === '!')?.frame ?? Infinity
  }
}

/** A marble to be drawn. */
export interface DrawnMarble {
  readonly frame: number
  readonly char: string
}

/** The maximum of dashes; longer gaps are drawn as jumps. */
const mostDashes = 40

/** Draws marbles in rxjs's notation; if that is impossible, as a list of moments. */
export const marbleText = (marbles: readonly DrawnMarble[], columnMs: number): string => {
  const frames = [...new Set(marbles.map(({ frame }) => frame))]
  let text = ''
  let at = 0
  for (const frame of frames) {
    const gap = (frame - at) / columnMs
    if (gap < 0 || !Number.isInteger(gap)) return marbles.map((one) => `${one.char}@${String(one.frame)}ms`).join(' ')
    text += gap > mostDashes ? ` ${String(frame - at)}ms ` : '-'.repeat(gap)
    const chars = marbles.filter((one) => one.frame === frame).map(({ char }) => char)
    const drawn = chars.length === 1 ? (chars[0] ?? '') : `(${chars.join('')})`
    text += drawn
    at = frame + drawn.length * columnMs
  }
  return text === '' ? '-' : text
}

/** Two lines of marbles, one above the other, with a caret at the first difference. */
export const marblesUnderEachOther = (what: string, expected: string, actual: string): string => {
  let column = 0
  while (column < expected.length && expected[column] === actual[column]) column++
  return [
    `${what} is another`,
    '',
    `  expected  ${expected}`,
    `  was       ${actual}`,
    `            ${' '.repeat(column)}^`,
    ''
  ].join('\n')
}
