import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Api } from '../../../../src/sources/kafka/protocol/api.js'
import { newestCommon } from '../../../../src/sources/kafka/protocol/newest-common.js'

const inVersion = (version: number, older?: Api<void, void>): Api<void, void> => ({
  name: 'Metadata',
  key: 3,
  version,
  write: () => undefined,
  read: () => ({ throttleMs: 0, value: undefined }),
  ...(older === undefined ? {} : { older })
})

const v8 = inVersion(8)
const v12 = inVersion(12, v8)
const speaks = (
  minVersion: number,
  maxVersion: number
): Record<number, { minVersion: number; maxVersion: number }> => ({
  3: { minVersion, maxVersion }
})

describe('newestCommon', () => {
  it.each([
    ['both', 0, 13, v12],
    ['the newer one just so', 0, 12, v12],
    ['the older one only', 0, 11, v8],
    ['the newer one only', 9, 13, v12]
  ])('of a broker that speaks %s', (_what, min, max, chosen) => {
    expect(newestCommon(v12, speaks(min, max))).toEqual(right(chosen))
  })

  it('is none of a broker that is older, newer, or in between, or has no such request', () => {
    const fault = { _tag: 'UnsupportedVersionFault', api: 'Metadata', needed: 'v12 or v8' }
    expect(newestCommon(v12, speaks(0, 7))).toEqual(left({ ...fault, offered: '0 to 7' }))
    expect(newestCommon(v12, speaks(13, 20))).toEqual(left({ ...fault, offered: '13 to 20' }))
    expect(newestCommon(v12, speaks(9, 11))).toEqual(left({ ...fault, offered: '9 to 11' }))
    expect(newestCommon(v8, {})).toEqual(left({ ...fault, needed: 'v8', offered: 'nothing' }))
  })
})
