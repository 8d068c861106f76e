import { expect, it } from 'vitest'
import { errorCode, errorName } from '../../src/core/protocol/error-code.js'
import { describeBesideJava } from '../support/java-members.js'
import { javaErrors } from '../support/java-records.js'

describeBesideJava('the names of error codes', () => {
  it('are Kafka’s own, all of them', async () => {
    const newest = Math.max(...Object.values(errorCode))
    // A newer Kafka may have more of them.
    const known = [...(await javaErrors())].filter(([code]) => code <= newest)
    expect(known.map(([code]) => [code, errorName(code)])).toEqual(known)
    expect(known.length).toBeGreaterThan(100)
  })
})
