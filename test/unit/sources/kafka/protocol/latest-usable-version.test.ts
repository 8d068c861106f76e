import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Api } from '../../../../../src/sources/kafka/protocol/api.js'
import {
  limitedTo,
  latestUsableVersion,
  type BrokerApiVersions
} from '../../../../../src/sources/kafka/protocol/latest-usable-version.js'

const api: Api<undefined, undefined> = {
  name: 'Metadata',
  key: 3,
  versions: { from: 8, to: 12 },
  flexibleFrom: 9,
  write: () => undefined,
  read: () => ({ throttleMs: 0, value: undefined })
}
const speaks = (from: number, to: number): BrokerApiVersions => new Map([[3, { from, to }]])

describe('latestUsableVersion', () => {
  it.each([
    [0, 13, 12],
    [0, 12, 12],
    [0, 11, 11],
    [0, 8, 8],
    [9, 13, 12],
    [12, 20, 12]
  ])('of a broker that speaks %d to %d is %d', (from, to, version) => {
    expect(latestUsableVersion(api, speaks(from, to))).toEqual(right({ api, version }))
  })

  it('is none of a broker that is older or newer, or has no such request; the fault says what each side speaks', () => {
    const fault = { _tag: 'UnsupportedVersionFault', api: 'Metadata', needed: 'v8 to v12' }
    expect(latestUsableVersion(api, speaks(0, 7))).toEqual(left({ ...fault, offered: '0 to 7' }))
    expect(latestUsableVersion(api, speaks(13, 20))).toEqual(left({ ...fault, offered: '13 to 20' }))
    expect(latestUsableVersion(api, speaks(1, 1))).toEqual(left({ ...fault, offered: '1' }))
    expect(latestUsableVersion(api, new Map())).toEqual(left({ ...fault, offered: 'nothing' }))
  })

  it('keeps to the versions that a request is limited to', () => {
    expect(latestUsableVersion(limitedTo(api, { from: 0, to: 10 }), speaks(0, 13))).toMatchObject(
      right({ version: 10 })
    )
    const newer = limitedTo(api, { from: 11, to: Infinity })
    expect(latestUsableVersion(newer, speaks(0, 13))).toMatchObject(right({ version: 12 }))
    expect(latestUsableVersion(newer, speaks(0, 10))).toMatchObject(left({ needed: 'v11 to v12' }))
  })
})
