import { describe, expect, it } from 'vitest'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'
import { saslVerdict } from '../../../../src/core/protocol/sasl-verdict.js'

describe('saslVerdict', () => {
  it.each<[ErrorName, string]>([
    ['NONE', 'accepted'],
    ['UNSUPPORTED_SASL_MECHANISM', 'mechanism refused'],
    ['SASL_AUTHENTICATION_FAILED', 'credentials refused'],
    ['ILLEGAL_SASL_STATE', 'no SASL'],
    ['UNKNOWN_SERVER_ERROR', 'failed']
  ])('%s: %s', (name, verdict) => {
    expect(saslVerdict(errorCode[name])).toBe(verdict)
  })
})
