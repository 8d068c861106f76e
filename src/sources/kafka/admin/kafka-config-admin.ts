import type { EitherAdmin } from '../../../ports/admin.js'
import { namedAcl, numberedAcl, numberedFilter } from './acl-numbers.js'
import type { AdminClients } from './admin-clients.js'

type ConfigAdmin = Pick<EitherAdmin, 'describeConfigs' | 'alterConfigs' | 'describeAcls' | 'createAcls' | 'deleteAcls'>

/** Configurations, by our own requests, and access control lists, by kafkajs. */
export const kafkaConfigAdmin = ({ step, kafkajs, own }: AdminClients): ConfigAdmin => ({
  describeConfigs: (resources) =>
    step({ api: 'DescribeConfigs', about: resources.map(({ name }) => name).join(', ') }, async () =>
      resources.length === 0 ? [] : own.describeConfigs(resources)
    ),
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
