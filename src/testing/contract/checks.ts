import { filter, firstValueFrom, interval, map, type Observable, type Subscription, take, timeout } from 'rxjs'
import { deepEqual } from '../observables/deep-equal.js'
import { ContractError } from './contract-case.js'

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part.toString()}n`
    return part instanceof Map || part instanceof Set ? [...(part as Iterable<unknown>)] : part
  })

/** Throws unless both are deeply equal. */
export const same = (actual: unknown, expected: unknown): void => {
  if (!deepEqual(actual, expected)) throw new ContractError(`${shown(actual)}, where ${shown(expected)} was expected`)
}

/** Throws unless `actual` contains everything in `part`. */
export const includes = (actual: unknown, part: unknown): void => {
  if (!hasPart(actual, part)) throw new ContractError(`${shown(actual)}, which does not include ${shown(part)}`)
}

const hasPart = (whole: unknown, part: unknown): boolean => {
  if (typeof part !== 'object' || part === null) return Object.is(whole, part)
  if (typeof whole !== 'object' || whole === null) return false
  if (Array.isArray(part) && (!Array.isArray(whole) || whole.length !== part.length)) return false
  return Object.entries(part).every(([name, value]) => hasPart(Reflect.get(whole, name), value))
}

/** Waits, in real time, until the condition holds. */
export const until = (condition: () => boolean, what: string, withinMs = 300_000): Promise<void> =>
  firstValueFrom(
    interval(10).pipe(
      filter(condition),
      take(1),
      map(() => undefined),
      timeout({
        first: withinMs,
        with: () => {
          throw new ContractError(`it did not happen within ${String(withinMs)} ms: ${what}`)
        }
      })
    )
  )

/** All values of an Observable, in order, and how it ended. */
export interface Collected<A> {
  readonly values: readonly A[]
  readonly ended: Promise<'complete' | Error>
  readonly subscription: Subscription
}

export const collect = <A>(observable: Observable<A>): Collected<A> => {
  const values: A[] = []
  let end: (how: 'complete' | Error) => void = () => undefined
  const ended = new Promise<'complete' | Error>((done) => {
    end = done
  })
  const subscription = observable.subscribe({
    next: (value) => values.push(value),
    error: (error: unknown) => {
      end(error instanceof Error ? error : new Error(String(error)))
    },
    complete: () => {
      end('complete')
    }
  })
  return { values, ended, subscription }
}
