import { UncommittedOffsets } from '../../src/core/committing/uncommitted-offsets.js'
import type { Mutant } from './mutants.js'
import { patchGetter } from './patch.js'

/** A bug of the report of a drain, whatever the protocol of the group. */
export const claimsDrained: Mutant = {
  name: 'reports as drained what its last commit was refused for',
  caughtBy: 'what is reported as drained is settled and stored',
  plant: () => [patchGetter(UncommittedOffsets, 'isComplete', () => true)]
}
