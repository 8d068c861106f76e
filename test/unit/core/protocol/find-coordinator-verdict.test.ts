import { describe, expect, it } from 'vitest'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'
import { findCoordinatorVerdict } from '../../../../src/core/protocol/find-coordinator-verdict.js'

describe('findCoordinatorVerdict', () => {
  it.each<[ErrorName, string]>([
    ['NONE', 'found'],
    ['COORDINATOR_NOT_AVAILABLE', 'not available'],
    ['GROUP_AUTHORIZATION_FAILED', 'group refused'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'transactional id refused'],
    ['UNKNOWN_SERVER_ERROR', 'failed']
  ])('%s: %s', (name, verdict) => {
    expect(findCoordinatorVerdict(errorCode[name])).toBe(verdict)
  })
})
