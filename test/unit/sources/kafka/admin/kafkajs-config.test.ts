import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { decodeClusterConfig } from '../../../../../src/config/cluster-config.js'
import { ConsumerError } from '../../../../../src/index.js'
import { realClock } from '../../../../../src/internal/real-clock.js'
import type { KafkaProperties } from '../../../../../src/kafka.js'
import { AdminSteps } from '../../../../../src/sources/kafka/admin/admin-steps.js'
import { KafkajsClient } from '../../../../../src/sources/kafka/admin/kafkajs-client.js'
import { loadKafkajsAdmin } from '../../../../../src/sources/kafka/admin/load-kafkajs-admin.js'
import { KnownSecrets } from '../../../../../src/sources/kafka/sasl/known-secrets.js'
import { authenticated, int16, int32, key, scriptedBroker, text } from '../../../../support/scripted-broker.js'

/** What kafkajs's admin client says of a broker that refuses, and repeats what it was sent. */
const faultOf = async (properties: Partial<KafkaProperties>): Promise<unknown> => {
  const broker = await scriptedBroker(({ key: api, body, reply }) => {
    switch (api) {
      case key.apiVersions: {
        const spoken = [key.metadata, key.saslHandshake, key.apiVersions, key.saslAuthenticate]
        const ranges = spoken.map((one) => Buffer.concat([int16(one), int16(0), int16(1)]))
        return reply(Buffer.concat([int16(0), int32(ranges.length), ...ranges, int32(0)]))
      }
      case key.saslHandshake:
        return reply(Buffer.concat([int16(0), int32(1), text(body.subarray(2).toString())]))
      case key.saslAuthenticate: {
        const message = body.subarray(4).toString().split('\0').at(-1) ?? ''
        return reply(authenticated({ code: 58, message: `what is "${message}"?\u001b[2J` }))
      }
      default:
        return undefined
    }
  })
  const settings = decodeClusterConfig(
    {
      'bootstrap.servers': `127.0.0.1:${String(broker.port)}`,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.username': 'alice',
      'sasl.password': 'wonderland',
      'sasl.mechanism': 'PLAIN',
      ...properties
    },
    () => []
  )
  if (isLeft(settings)) return settings.left
  const secrets = new KnownSecrets()
  const hide = (text: string): string => secrets.hide(text)
  const client = new KafkajsClient(() => loadKafkajsAdmin(settings.right, realClock, secrets), realClock, 60_000)
  const steps = new AdminSteps(realClock, 60_000, hide, () => {
    client.close()
  })
  const call = steps.step({ api: 'DescribeCluster' }, () => client.use((admin) => admin.describeCluster()))
  const answer = await firstValueFrom(call)
  steps.close()
  return isLeft(answer) ? answer.left : answer.right
}

it('kafkajs’s admin client shows no password that the broker repeats, and nothing that moves a cursor', async () => {
  const reason = 'what is "[redacted]"?\\u001b[2J'
  expect(await faultOf({})).toMatchObject({ _tag: 'AuthenticationFault', reason })
})

it('kafkajs’s admin client ends by the fault that a function of the user’s throws', async () => {
  const fault = { _tag: 'AuthenticationFault', broker: 'the authorization server', reason: 'revoked' } as const
  const token = (): Promise<never> => Promise.reject(new ConsumerError(fault))
  expect(await faultOf({ 'sasl.mechanism': 'OAUTHBEARER', 'sasl.oauthbearer.token': token })).toEqual(fault)
})
