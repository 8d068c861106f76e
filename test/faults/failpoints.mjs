// What members that kill themselves at a chosen point share.
import { tap } from 'rxjs'

/** Ends this process, as a crash does, the nth time that it comes to the point. */
export const failpoints = (point, nth) => {
  const passed = new Map()
  return (name) => {
    passed.set(name, (passed.get(name) ?? 0) + 1)
    if (name === point && passed.get(name) === Number(nth)) process.kill(process.pid, 'SIGKILL')
  }
}

/** The cluster, with a point before and behind each commit, and its producers' sessions as `producers` changes them. */
export const withFailpoints = (cluster, pass, producers) => ({
  ...cluster,
  openConsumer: (settings, handlers) => {
    const session = cluster.openConsumer(settings, handlers)
    const { commit } = session
    session.commit = (offsets) => {
      const stored = commit.call(session, offsets)
      pass('commit sent')
      return stored.pipe(tap(() => pass('commit stored')))
    }
    return session
  },
  openProducer: (settings) => {
    const session = cluster.openProducer(settings)
    const { send } = session
    session.send = producers((...given) => send.call(session, ...given))
    return session
  }
})
