import type { Consumer } from '../sources/consumer/consumer.js'

/** The first Ctrl-C drains the consumers, the second closes them without waiting, the third ends the process. */
export const drainOnInterrupt = (consumers: readonly Consumer[], say: (line: string) => void): (() => void) => {
  let times = 0
  const interrupted = (): void => {
    times++
    if (times === 1) {
      say('draining; Ctrl-C again stops without waiting for records in flight')
      for (const consumer of consumers) void consumer.drain()
    } else if (times === 2) {
      say('closing')
      for (const consumer of consumers) void consumer.close()
    } else process.exit(130)
  }
  process.on('SIGINT', interrupted)
  process.on('SIGTERM', interrupted)
  return () => {
    process.removeListener('SIGINT', interrupted)
    process.removeListener('SIGTERM', interrupted)
  }
}
