import { aCluster, problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { adminContract } from './admin-contract.js'
import { committingContract } from './committing-contract.js'
import type { ContractCase } from './contract-case.js'
import { loopingContract } from './looping-contract.js'
import { membershipContract } from './membership-contract.js'
import { positionContract } from './position-contract.js'
import { readingContract } from './reading-contract.js'
import { refusalContract } from './refusal-contract.js'
import { seekingContract } from './seeking-contract.js'
import { shareContract } from './share-contract.js'
import { subscriptionContract } from './subscription-contract.js'
import { writingContract } from './writing-contract.js'

/**
 * What every cluster has to do, embedded or real, as data: for authors of an adapter. Each case takes a cluster on which it may
 * create topics, and runs in real time for seconds (on a busy machine up to minutes). Cases are independent. Those that `need`
 * share groups are for clusters that support them.
 *
 * @example
 * it.each(clusterContract)('$name', ({ run }) => run(myCluster()))
 */
export const clusterContract: readonly ContractCase[] = /*#__PURE__*/ [
  ...readingContract,
  ...seekingContract,
  ...positionContract,
  ...committingContract,
  ...membershipContract,
  ...loopingContract,
  ...subscriptionContract,
  ...writingContract,
  ...refusalContract,
  ...adminContract,
  ...shareContract
].map((one: ContractCase) => ({
  ...one,
  run: async (cluster) => {
    refuseWrong(problemsWith('run: cluster', cluster, aCluster))
    await one.run(cluster)
  }
}))
