import { problemsWithAdmin } from '../config/check-admin.js'
import { refuseWrong } from '../model/check-arguments.js'
import type { AdminProperties, EitherAdmin } from './admin.js'
import { type Admin, awaitableAdmin } from './awaitable-admin.js'
import { checkedAdmin } from './checked-admin.js'
import type { Cluster } from './cluster.js'

/** The admin clients of a cluster, and its disposal, which closes those that are open. */
export const administering = (
  make: (properties: AdminProperties) => EitherAdmin
): Pick<Cluster, 'admin' | typeof Symbol.asyncDispose> => {
  const open = new Set<EitherAdmin>()
  return {
    admin: (properties = {}): Admin => {
      refuseWrong(problemsWithAdmin(properties))
      const made = checkedAdmin(make(properties))
      open.add(made)
      return awaitableAdmin(made, () => {
        open.delete(made)
        made.close()
      })
    },
    [Symbol.asyncDispose]: () => {
      for (const made of open) made.close()
      open.clear()
      return Promise.resolve()
    }
  }
}
