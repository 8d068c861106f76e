import { retry, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Awaitable, awaitable, awaitableAs } from '../../../src/model/awaitable.js'

/** Something that counts how often it was begun, and how often it was given up; a test says how it ends. */
const counted = (): {
  readonly it: Awaitable<string>
  readonly runs: { readonly begun: number; readonly givenUp: number }
  readonly last: () => Subject<string>
} => {
  const runs = { begun: 0, givenUp: 0 }
  let last = new Subject<string>()
  const made = awaitable<string>((subscriber) => {
    runs.begun++
    last = new Subject()
    let ended = false
    last.subscribe({ complete: () => (ended = true), error: () => (ended = true) })
    const subscription = last.subscribe(subscriber)
    return () => {
      if (!ended) runs.givenUp++
      subscription.unsubscribe()
    }
  })
  return { it: made, runs, last: () => last }
}

const end = (subject: Subject<string>, value: string): void => {
  subject.next(value)
  subject.complete()
}

describe('an awaitable', () => {
  it('does nothing before it is awaited or subscribed to', () => {
    expect(counted().runs.begun).toBe(0)
  })

  it('is done once, however often it is awaited', async () => {
    const made = counted()
    const both = Promise.all([made.it, made.it])
    await Promise.resolve()
    end(made.last(), 'a')
    expect([await both, await made.it, made.runs.begun]).toEqual([['a', 'a'], 'a', 1])
  })

  it.each(['first', 'then'] as const)('is done once for an await and a subscription, which comes %s', async (order) => {
    const made = counted()
    const seen: string[] = []
    const subscribe = (): unknown =>
      made.it.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('.') })
    if (order === 'first') subscribe()
    const awaited = made.it.then((value) => `${value}!`)
    if (order === 'then') subscribe()
    end(made.last(), 'a')
    expect([await awaited, seen, made.runs.begun]).toEqual(['a!', ['a', '.'], 1])
  })

  it('gives a subscription after an await the same result', async () => {
    const made = counted()
    const awaited = made.it.then((value) => value)
    end(made.last(), 'a')
    await awaited
    const seen: string[] = []
    made.it.subscribe((value) => seen.push(value))
    expect([seen, made.runs.begun]).toEqual([['a'], 1])
  })

  it('runs again for each further subscription, as retry needs it', () => {
    const made = counted()
    const seen: unknown[] = []
    made.it.pipe(retry(1)).subscribe((value) => seen.push(value))
    made.last().error(new Error('first'))
    end(made.last(), 'second')
    expect([seen, made.runs.begun]).toEqual([['second'], 2])
  })

  it('rejects with its error, also if it failed before it is awaited', async () => {
    const made = counted()
    const error = new Error('refused')
    const errors: unknown[] = []
    made.it.subscribe({ error: (thrown: unknown) => errors.push(thrown) })
    made.last().error(error)
    await expect(made.it).rejects.toBe(error)
    expect([errors, made.runs.begun]).toEqual([[error], 1])
  })

  it('is abandoned by an unsubscription, unless it is awaited', async () => {
    const made = counted()
    made.it.subscribe().unsubscribe()
    expect(made.runs).toEqual({ begun: 1, givenUp: 1 })
    const other = counted()
    const subscription = other.it.subscribe()
    const awaited = other.it.then((value) => value)
    subscription.unsubscribe()
    end(other.last(), 'a')
    expect([await awaited, other.runs]).toEqual(['a', { begun: 1, givenUp: 0 }])
  })

  it('runs again for an await after it was abandoned', async () => {
    const made = counted()
    made.it.subscribe().unsubscribe()
    const awaited = made.it.then((value) => value)
    end(made.last(), 'a')
    expect([await awaited, made.runs.begun]).toEqual(['a', 2])
  })

  it('rejects with what its result throws', async () => {
    const error = new Error('no result')
    const made = awaitableAs<string, string>(
      (subscriber) => {
        subscriber.complete()
      },
      () => {
        throw error
      }
    )
    await expect(made).rejects.toBe(error)
  })
})
