import type { PlantedBug } from './planted-bugs.js'

/** Bugs of the wire that no schedule looks at. */
export const wireBugs: readonly PlantedBug[] = [
  {
    name: 'calls an answer late that has arrived while something blocked the event loop',
    file: 'src/sources/kafka/network/socket-connection.ts',
    find: 'if (isSecond) this.late(late)',
    plant: 'if (isSecond || late !== "") this.late(late)',
    caughtBy: {
      file: 'test/unit/sources/kafka/wire/connection.test.ts',
      test: 'reads what has arrived before it calls it late'
    }
  },
  {
    name: 'believes a broker that has just started that no topic exists',
    file: 'src/sources/kafka/network/broker-links.ts',
    find: 'if (answer.brokers.length === 0 && topics.length > 0) throw new WireError(knowsNothing)',
    plant: 'if (answer.brokers.length < 0) throw new WireError(knowsNothing)',
    caughtBy: {
      file: 'test/unit/sources/kafka/wire/brokers.test.ts',
      test: 'is not believed of a broker that has just started'
    }
  }
]
