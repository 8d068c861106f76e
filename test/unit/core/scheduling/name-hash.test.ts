import { expect, it } from 'vitest'
import { hashOfBytes, hashOfName, NameCounts } from '../../../../src/core/scheduling/name-hash.js'

it('the bytes of a key have the number of their text, one character for each byte', () => {
  const bytes = Uint8Array.of(0, 107, 255, 10, 128)
  const text = String.fromCharCode(...bytes)
  expect(hashOfBytes(hashOfName('key '), bytes)).toBe(hashOfName(`key ${text}`))
  expect(hashOfBytes(hashOfName('key '), new Uint8Array())).toBe(hashOfName('key '))
})

it('100,000 keys have nearly as many numbers', () => {
  const numbers = new Set(Array.from({ length: 100_000 }, (_, key) => hashOfName(`key k${String(key)}`)))
  expect(numbers.size).toBeGreaterThan(99_900)
})

it('a name is there until each of its counts has ended', () => {
  const names = new NameCounts()
  const [a, b] = [hashOfName('a'), hashOfName('b')]
  names.add(a)
  names.add(a)
  names.remove(a)
  expect([names.mayHave(a), names.mayHave(b)]).toEqual([true, false])
  names.remove(a)
  names.remove(b)
  expect(names.mayHave(a)).toBe(false)
})
