import { left, right } from 'fp-ts/lib/Either.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { EitherAdmin } from '../../ports/admin.js'
import type { BrokerModel } from './broker-model.js'
import { MemoryAdminSteps } from './memory-admin-steps.js'
import { memoryConfigAdmin } from './memory-config-admin.js'
import { memoryAddress } from './memory-connection.js'
import { memoryGroupAdmin } from './memory-group-admin.js'
import { memoryNode } from './memory-metadata.js'
import { memoryShareAdmin } from './memory-share-admin.js'
import { memoryTopicAdmin } from './memory-topic-admin.js'

/**
 * The admin client of the embedded cluster: topics, groups, offsets and configurations are the model's; answers come a turn
 * later. There is no authorizer, and configurations contain only what was set.
 */
export const memoryAdmin = (model: BrokerModel): EitherAdmin => {
  const steps = new MemoryAdminSteps(model.clock)
  const noAuthorizer = (api: string) => steps.step(() => left(brokerFault(api, errorCode.SECURITY_DISABLED)))
  return {
    describeCluster: () =>
      steps.step(() =>
        right({
          clusterId: 'memory',
          controller: memoryNode,
          brokers: [{ nodeId: memoryNode, host: memoryAddress, port: 0 }]
        })
      ),
    ...memoryTopicAdmin(model, steps),
    ...memoryGroupAdmin(model, steps),
    ...memoryShareAdmin(model, steps),
    ...memoryConfigAdmin(model, steps),
    describeAcls: () => noAuthorizer('DescribeAcls'),
    createAcls: () => noAuthorizer('CreateAcls'),
    deleteAcls: () => noAuthorizer('DeleteAcls'),
    close: () => {
      steps.close()
    }
  }
}
