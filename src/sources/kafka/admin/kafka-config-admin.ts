import type { EitherAdmin } from '../../../ports/admin.js'
import { namedAcl, numberedAcl, numberedFilter } from './acl-numbers.js'
import type { AdminClients } from './admin-clients.js'
import { configSource, kafkajsType } from './config-types.js'

type ConfigAdmin = Pick<EitherAdmin, 'describeConfigs' | 'alterConfigs' | 'describeAcls' | 'createAcls' | 'deleteAcls'>

/** Configurations of topics and brokers, and access control lists. */
export const kafkaConfigAdmin = ({ step, kafkajs, own }: AdminClients): ConfigAdmin => ({
  describeConfigs: (resources) =>
    step({ api: 'DescribeConfigs', about: resources.map(({ name }) => name).join(', ') }, async () => {
      if (resources.length === 0) return []
      const asked = resources.map(({ type, name, only }) => ({
        type: kafkajsType(type),
        name,
        ...(only === undefined ? {} : { configNames: [...only] })
      }))
      const answer = await kafkajs.use((admin) => admin.describeConfigs({ resources: asked, includeSynonyms: false }))
      return resources.flatMap(({ type, name }) =>
        answer.resources
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
