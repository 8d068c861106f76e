import { errorCode } from '../../../core/protocol/error-code.js'
import type { ConfigResource, DescribedConfig, EitherAdmin } from '../../../ports/admin.js'
import { withoutSecrets } from '../without-secrets.js'
import { namedAcl, numberedAcl, numberedFilter } from './acl-numbers.js'
import type { AdminClients } from './admin-clients.js'
import { configSource, kafkajsType } from './config-types.js'
import { describeConfigs } from './describe-configs.js'
import type { OwnAdminCalls } from './own-admin-calls.js'
import { refusal } from './refusal.js'

type ConfigAdmin = Pick<EitherAdmin, 'describeConfigs' | 'alterConfigs' | 'describeAcls' | 'createAcls' | 'deleteAcls'>

/** Configurations of topics and brokers, and access control lists. */
export const kafkaConfigAdmin = ({ step, kafkajs, own }: AdminClients): ConfigAdmin => ({
  describeConfigs: (resources) =>
    step({ api: 'DescribeConfigs', about: resources.map(({ name }) => name).join(', ') }, async () => {
      if (resources.length === 0) return []
      const ofGroups = resources.filter(({ type }) => type === 'group')
      const ofOthers = resources.filter(({ type }) => type !== 'group')
      const groups = ofGroups.length === 0 ? [] : await configsOfGroups(own, ofGroups)
      if (ofOthers.length === 0) return groups
      const asked = ofOthers.map(({ type, name, only }) => ({
        type: kafkajsType(type),
        name,
        ...(only === undefined ? {} : { configNames: [...only] })
      }))
      const answer = await kafkajs.use((admin) => admin.describeConfigs({ resources: asked, includeSynonyms: false }))
      return resources.flatMap(({ type, name }) =>
        type === 'group'
          ? groups.filter((one) => one.name === name)
          : answer.resources
              .filter((one) => one.resourceType === kafkajsType(type) && one.resourceName === name)
              .map(({ configEntries }) => ({
                type,
                name,
                entries: configEntries
                  .map((entry) => ({
                    name: entry.configName,
                    value: entry.isSensitive ? null : (entry.configValue as string | null),
                    source: configSource(entry.configSource),
                    sensitive: entry.isSensitive,
                    readOnly: entry.readOnly
                  }))
                  .sort((one, other) => (one.name < other.name ? -1 : 1))
              }))
      )
    }),
  alterConfigs: (changes) =>
    step({ api: 'IncrementalAlterConfigs' }, async () => {
      if (changes.length > 0) await own.alterConfigs(changes)
    }),
  describeAcls: (filter = {}) =>
    step({ api: 'DescribeAcls' }, async () => {
      const { resources } = await kafkajs.use((admin) => admin.describeAcls(numberedFilter(filter)))
      return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => namedAcl({ ...resource, ...acl })))
    }),
  createAcls: (acls) =>
    step({ api: 'CreateAcls' }, async () => {
      if (acls.length > 0) await kafkajs.use((admin) => admin.createAcls({ acl: acls.map(numberedAcl) }))
    }),
  deleteAcls: (filter) =>
    step({ api: 'DeleteAcls' }, async () => {
      const { filterResponses } = await kafkajs.use((admin) => admin.deleteAcls({ filters: [numberedFilter(filter)] }))
      return filterResponses.flatMap(({ matchingAcls }) => matchingAcls.map(namedAcl))
    })
})

/** Over our own connections: kafkajs knows no configurations of groups. */
const configsOfGroups = (
  own: OwnAdminCalls,
  resources: readonly ConfigResource[]
): Promise<readonly DescribedConfig[]> =>
  own.withLinks(async (links) => {
    const answers = await links.sendToAny(describeConfigs, resources)
    return answers.map((answer) => {
      const { name, code, message, entries } = withoutSecrets(answer, links.secrets)
      if (code !== errorCode.NONE) throw refusal(code, { api: 'DescribeConfigs', about: name }, { message })
      return { type: 'group', name, entries }
    })
  })
