import { errorCode } from '../../../core/protocol/error-code.js'
import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { ConfigChange, ConfigOwner, ConfigResource, DescribedConfig } from '../../../ports/admin.js'
import type { BrokerLinks } from '../network/broker-links.js'
import type { Api } from '../protocol/api.js'
import { withoutSecrets } from '../without-secrets.js'
import { describeConfigs } from './describe-configs.js'
import { incrementalAlterConfigs } from './incremental-alter-configs.js'
import { refusal } from './refusal.js'

type Times = Parameters<BrokerLinks['sendToNode']>[4]

/** The configurations of these owners, in their order. */
export const describedConfigs = async (
  links: BrokerLinks,
  resources: readonly ConfigResource[],
  times: Times
): Promise<readonly DescribedConfig[]> => {
  const answers = await sentToOwners(links, describeConfigs, resources, times)
  const described = answers.map((answer): DescribedConfig => {
    const { type, name, code, message, entries } = withoutSecrets(answer, links.secrets)
    if (code !== errorCode.NONE) throw refusal(code, { api: describeConfigs.name, about: name }, { message })
    return { type, name, entries }
  })
  return resources.flatMap(({ type, name }) => described.find((one) => one.type === type && one.name === name) ?? [])
}

/** Changes the named settings, and leaves the others. */
export const alteredConfigs = async (
  links: BrokerLinks,
  changes: readonly ConfigChange[],
  times: Times
): Promise<void> => {
  for (const answer of await sentToOwners(links, incrementalAlterConfigs, changes, times)) {
    const { type, name, code, message } = withoutSecrets(answer, links.secrets)
    const { name: api } = incrementalAlterConfigs
    if (code === errorCode.NONE) continue
    throw type === 'topic'
      ? refusal(code, { api }, { topic: name, message })
      : refusal(code, { api, about: name }, { message })
  }
}

/** Only a broker itself knows and changes its configuration (Java's `KafkaAdminClient.nodeFor`); any broker those of others. */
const sentToOwners = async <Owner extends ConfigOwner, Answer>(
  links: BrokerLinks,
  api: Api<readonly Owner[], readonly Answer[]>,
  owners: readonly Owner[],
  times: Times
): Promise<readonly Answer[]> => {
  const others = owners.filter(({ type }) => type !== 'broker')
  const brokers = groupedBy(
    owners.filter(({ type }) => type === 'broker'),
    ({ name }) => name
  )
  const ofOthers = others.length === 0 ? [] : await links.sendToAny(api, others)
  if (brokers.size > 0) await links.metadata([])
  const ofBrokers = await Promise.all(
    [...brokers].map(([name, own]) => links.sendToNode(Number(name), 'metadata', api, own, times))
  )
  return [...ofOthers, ...ofBrokers.flat()]
}
