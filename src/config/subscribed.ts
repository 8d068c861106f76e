import type { StartPosition } from '../model/position.js'

/** What a consumer reads, from `subscribe` or `assign`; checked together with the rest of the configuration. */
export type Subscribed =
  | { readonly _tag: 'Subscribed'; readonly topics: readonly (string | RegExp)[] }
  | { readonly _tag: 'Assigned'; readonly partitions: readonly StartPosition[] }
