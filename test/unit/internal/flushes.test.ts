import { describe, expect, it } from 'vitest'
import { Flushes } from '../../../src/internal/flushes.js'

describe('Flushes', () => {
  it('runs all registered ones each time, and none that was withdrawn', () => {
    const flushes = new Flushes()
    const run: string[] = []
    flushes.add(() => run.push('a'))
    const withdraw = flushes.add(() => run.push('b'))
    flushes.flush()
    withdraw()
    flushes.flush()
    expect(run).toEqual(['a', 'b', 'a'])
    flushes.clear()
    flushes.flush()
    expect(run).toEqual(['a', 'b', 'a'])
  })

  it('runs the others, too, where one adds another or withdraws itself meanwhile', () => {
    const flushes = new Flushes()
    const run: string[] = []
    const withdraw = flushes.add(() => {
      run.push('a')
      withdraw()
      flushes.add(() => run.push('c'))
    })
    flushes.add(() => run.push('b'))
    flushes.flush()
    expect(run).toEqual(['a', 'b'])
    flushes.flush()
    expect(run).toEqual(['a', 'b', 'b', 'c'])
  })
})
