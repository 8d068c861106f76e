import { describe, expect, it } from 'vitest'
import { parcelOf } from '../../../src/workers/parcel.js'
import { testRecord } from '../../../src/testing.js'

/** What arrives, and the bytes that are left here. */
const sent = (value: unknown): unknown => {
  const { content, moved } = parcelOf(testRecord().withValue(value))
  return (structuredClone(content, { transfer: moved }) as { readonly value: unknown }).value
}

/** A view of the middle of something large. */
const response = new Uint8Array(100_000)
const view = response.subarray(50_000, 50_003).fill(7)

describe('parcelOf', () => {
  it('copies bytes out of what they are a view of, and moves the copy', () => {
    const { content, moved } = parcelOf(testRecord({ key: view, value: Buffer.from(view.buffer, 50_000, 2) }))
    expect(moved.map(({ byteLength }) => byteLength)).toEqual([3, 2])
    expect(content).toMatchObject({ key: new Uint8Array([7, 7, 7]), value: new Uint8Array([7, 7]) })
    structuredClone(content, { transfer: moved })
    expect(moved.map(({ byteLength }) => byteLength)).toEqual([0, 0])
    expect(view).toEqual(new Uint8Array([7, 7, 7]))
  })

  it('finds the bytes within lists and objects, and moves what is there twice once', () => {
    const arrived = sent({ parts: [view, { view }] }) as { readonly parts: [Uint8Array, { readonly view: Uint8Array }] }
    const [first, { view: second }] = arrived.parts
    expect([first.buffer.byteLength, second]).toEqual([3, first])
    expect(second).toBe(first)
  })

  it('sends what holds itself', () => {
    const ring: { self?: unknown; readonly name: string } = { name: 'ring' }
    ring.self = ring
    const arrived = sent(ring) as { readonly self: unknown; readonly name: string }
    expect(arrived.name).toBe('ring')
    expect(arrived.self).toBe(arrived)
  })

  it('takes a field called __proto__ for one like any other', () => {
    const arrived = sent(JSON.parse('{"__proto__":{"admin":true}}')) as { readonly admin?: unknown }
    expect([Object.keys(arrived as object), arrived.admin]).toEqual([['__proto__'], undefined])
  })

  it('leaves to the clone what is neither plain nor bytes', () => {
    const value = { at: new Date(5), names: new Map([['a', 1n]]), floats: new Float32Array([1.5]), none: null }
    expect(sent(value)).toEqual(value)
  })
})
