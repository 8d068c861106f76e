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
  },
  {
    name: 'takes the offsets in a compressed message of old for those of the log',
    file: 'src/core/records/old-messages.ts',
    find: 'const base = outer.offset - last.offset',
    plant: 'const base = last.offset - last.offset',
    caughtBy: {
      file: 'test/unit/core/records/old-messages.test.ts',
      test: 'are found in a compressed one'
    }
  },
  {
    name: 'gives records up by a timer that is late, though their answer has arrived',
    file: 'src/engine/producing/producer-wake-ups.ts',
    find: 'if (this.clock.now() - at > lateMs) this.onLaterTurn()',
    plant: 'if (this.clock.now() - at > Infinity) this.onLaterTurn()',
    caughtBy: {
      file: 'test/unit/engine/producing/producer-wake-ups.test.ts',
      test: 'is a turn later where the timer is late'
    }
  },
  {
    name: 'asks any broker for the configuration of one',
    file: 'src/sources/kafka/admin/config-requests.ts',
    find: "const others = owners.filter(({ type }) => type !== 'broker')",
    plant: "const others = owners.filter(({ type }) => type !== 'user')",
    caughtBy: {
      file: 'test/unit/sources/kafka/admin/config-requests.test.ts',
      test: 'of a broker are described by that broker'
    }
  }
]
