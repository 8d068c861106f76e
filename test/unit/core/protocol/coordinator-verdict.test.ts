import { describe, expect, it } from 'vitest'
import { isCoordinatorOutOfDate, isCoordinatorTrouble } from '../../../../src/core/protocol/coordinator-verdict.js'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'

describe('the coordinator that answered', () => {
  it.each<[ErrorName, boolean, boolean]>([
    ['NOT_COORDINATOR', true, true],
    ['COORDINATOR_NOT_AVAILABLE', true, true],
    // It is the right one, and will be ready.
    ['COORDINATOR_LOAD_IN_PROGRESS', true, false],
    // It may have served the request.
    ['REQUEST_TIMED_OUT', false, true],
    ['REBALANCE_IN_PROGRESS', false, false],
    ['NONE', false, false]
  ])('with %s: has not served the request: %s; is looked up again: %s', (name, trouble, outOfDate) => {
    expect([isCoordinatorTrouble(errorCode[name]), isCoordinatorOutOfDate(errorCode[name])]).toEqual([
      trouble,
      outOfDate
    ])
  })
})
