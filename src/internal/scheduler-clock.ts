import type { SchedulerLike } from 'rxjs'
import type { Clock } from '../model/clock.js'

/** The time of an rxjs scheduler, e.g. a `VirtualTimeScheduler`. A turn is an action of the same frame. */
export const schedulerClock = (scheduler: SchedulerLike): Clock => {
  const schedule: Clock['schedule'] = (delayMs, run) => {
    const action = scheduler.schedule(run, delayMs)
    return () => {
      action.unsubscribe()
    }
  }
  return {
    now: () => scheduler.now(),
    wallTime: () => scheduler.now(),
    schedule,
    turn: (run) => schedule(0, run)
  }
}
