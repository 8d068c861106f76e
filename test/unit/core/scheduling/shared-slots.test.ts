import { describe, expect, it } from 'vitest'
import { SharedSlots, type SlotUser } from '../../../../src/core/scheduling/shared-slots.js'

const user = (wake: () => void = () => undefined): SlotUser => ({ taken: 0, wake })

/** Takes until it gets no more. */
const takeAll = (slots: SharedSlots, of: SlotUser): number => {
  let taken = 0
  while (slots.take(of)) taken++
  return taken
}

describe('SharedSlots', () => {
  it('gives all slots to a single user', () => {
    const slots = new SharedSlots(8)
    const only = user()
    slots.enter(only)
    expect([takeAll(slots, only), slots.active]).toEqual([8, 8])
  })

  it('keeps half of an equal share for every user, whatever the others take', () => {
    const slots = new SharedSlots(12)
    const [greedy, other, third] = [user(), user(), user()]
    for (const each of [greedy, other, third]) slots.enter(each)
    expect(takeAll(slots, greedy)).toBe(8)
    expect([takeAll(slots, other), takeAll(slots, third)]).toEqual([2, 2])
    expect(slots.active).toBe(12)
  })

  it('wakes the user that has waited longest, and again only after it was refused', () => {
    const slots = new SharedSlots(2)
    const woken: string[] = []
    const busy = user()
    const waiters = ['a', 'b', 'c'].map((name) => user(() => woken.push(name)))
    for (const each of [busy, ...waiters]) slots.enter(each)
    expect(takeAll(slots, busy)).toBe(2)
    for (const each of waiters) expect(slots.take(each)).toBe(false)
    slots.give(busy)
    expect(woken).toEqual(['a', 'b', 'c'])
    slots.give(busy)
    expect(woken).toEqual(['a', 'b', 'c'])
  })

  it('wakes the next when a woken user has nothing to do any more', () => {
    const slots = new SharedSlots(1)
    const took: string[] = []
    const busy = user()
    const idle = user()
    const eager: SlotUser = user(() => {
      if (slots.take(eager)) took.push('eager')
    })
    for (const each of [busy, idle, eager]) slots.enter(each)
    slots.take(busy)
    slots.take(idle)
    slots.take(eager)
    slots.give(busy)
    expect([took, slots.active]).toEqual([['eager'], 1])
  })

  it('has the slots of one that leaves again, and shares anew', () => {
    const slots = new SharedSlots(4)
    const woken: string[] = []
    const [gone, left] = [user(), user(() => woken.push('left'))]
    slots.enter(gone)
    slots.enter(left)
    expect(takeAll(slots, gone)).toBe(3)
    expect(takeAll(slots, left)).toBe(1)
    slots.leave(gone)
    expect([slots.active, woken, takeAll(slots, left)]).toEqual([1, ['left'], 3])
    slots.give(gone)
    expect(slots.active).toBe(4)
  })

  it('reserves nothing when there are more users than slots', () => {
    const slots = new SharedSlots(2)
    const users = [user(), user(), user()]
    for (const each of users) slots.enter(each)
    expect(takeAll(slots, users[0] as SlotUser)).toBe(2)
  })
})
