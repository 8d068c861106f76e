import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../../../src/core/protocol/error-code.js'
import { refusal, refusedFault } from '../../../../../src/sources/kafka/admin/refusal.js'

const asked = { api: 'OffsetCommit', about: 'billing' }
const place = { topic: 'orders', partition: 3 }

describe('refusedFault', () => {
  it('names the group that may not be used, also where the code answers a partition', () => {
    expect(refusedFault(errorCode.GROUP_AUTHORIZATION_FAILED, asked, place)).toEqual({
      _tag: 'AuthorizationFault',
      resource: 'group',
      name: 'billing'
    })
  })

  it('names the topic that may not be used, or what was asked about', () => {
    const code = errorCode.TOPIC_AUTHORIZATION_FAILED
    expect(refusedFault(code, asked, place)).toMatchObject({ resource: 'topic', name: 'orders' })
    expect(refusedFault(code, { api: 'DeleteTopics', about: 'a, b' })).toMatchObject({
      resource: 'topic',
      name: 'a, b'
    })
  })

  it('calls the cluster by the name that Kafka’s access control lists have for it', () => {
    const code = errorCode.CLUSTER_AUTHORIZATION_FAILED
    expect(refusedFault(code, { api: 'IncrementalAlterConfigs' }, { topic: '1' })).toMatchObject({
      resource: 'cluster',
      name: 'kafka-cluster'
    })
  })

  it('keeps a code that is newer than this client', () => {
    expect(refusedFault(999, { api: 'ListGroups' })).toMatchObject({ _tag: 'BrokerFault', code: 999, name: 'code 999' })
  })

  it('says what the broker said, else what was asked about', () => {
    const code = errorCode.INVALID_REQUEST
    expect(refusedFault(code, asked, { ...place, message: 'no' })).toMatchObject({ ...place, message: 'no' })
    expect(refusedFault(code, asked)).toMatchObject({ message: 'billing' })
    expect(refusal(code, asked).fault).toEqual(refusedFault(code, asked))
  })
})
