import { NEVER } from 'rxjs'
import { left } from 'fp-ts/lib/Either.js'
import { crc32c } from '../../src/core/records/crc32c.js'
import { openSession } from '../../src/engine/open-session.js'
import type { Cluster } from '../../src/ports/cluster.js'
import { memoryCalls } from '../../src/sources/memory/memory-calls.js'
import { type Happening, type Place, placeOf } from './history.js'
import { type Line, overNetwork } from './network.js'
import { withOverrides } from './patch.js'
import type { ProcessClock } from './process-clock.js'
import type { World } from './world.js'

/** The member whose cluster it is, and who watches what goes over the wire. */
export interface ClusterUser {
  readonly world: World
  readonly process: ProcessClock
  readonly line: Line
  readonly name: string
  /** where it has sought to what a look-up says */
  readonly looksUp: ReadonlySet<Place>
  readonly note: (happening: Happening) => void
  readonly described: (topic: string, topicId: string | null) => void
}

/** The cluster as one process sees it: its own clock, a network that loses and delays, and every request noted. */
export const clusterOf = ({ world, process, line, name, looksUp, note, described }: ClusterUser): Cluster => ({
  _tag: 'Cluster',
  clock: process,
  random: world.weather.random,
  events: NEVER,
  [Symbol.asyncDispose]: () => Promise.resolve(),
  openConsumer: (settings, handlers) => {
    const { sabotage } = world
    const calls = overNetwork(world.clock, process, line, world.weather, memoryCalls(world.model), {
      known: (memberId) => world.memberNames.set(memberId, name),
      joining: () => {
        note({ what: 'joining', member: name })
      },
      joined: () => {
        note({ what: 'joined', member: name })
      },
      given: (places) => world.given.set(name, places),
      givenByIds: (partitions) => world.given.set(name, partitions.map(world.placeOf)),
      commitRequested: (generation, offsets) => {
        note({ what: 'commit requested', member: name, generation, offsets })
      },
      commitAnswered: () => {
        note({ what: 'commit answered', member: name })
      },
      commitStored: (generation, offsets) => {
        note({ what: 'commit stored', member: name, generation, offsets })
      },
      commitRefused: (codes) => {
        note({ what: 'commit refused', member: name, codes })
      },
      described: (topics) => {
        for (const { topic, topicId } of topics) described(topic, topicId)
      },
      located: (place, lookUp, offset, askedAt) => {
        if (looksUp.has(place)) world.seeks(place, offset)
        note({ what: 'located', member: name, place, lookUp, offset, askedAt })
      }
    })
    const context = {
      calls: sabotage.calls?.(calls) ?? calls,
      clock: process,
      random: world.weather.random,
      settings,
      handlers,
      decompress: () => left({ _tag: 'corrupt', reason: 'compressed' } as const),
      checksum: crc32c
    }
    const session = sabotage.session?.(context, openSession) ?? openSession(context)
    return withOverrides(session, {
      release: (partitions) => {
        note({ what: 'released', member: name, places: partitions.map(placeOf) })
        session.release(partitions)
      }
    })
  },
  openShareConsumer: () => {
    throw new Error('members are of no share group here')
  },
  openTransactions: () => {
    throw new Error('nothing is written in transactions here')
  },
  openProducer: () => {
    throw new Error('members do not produce')
  },
  createTopics: () => {
    throw new Error('members create no topics')
  },
  createTopicsEither: () => {
    throw new Error('members create no topics')
  },
  admin: () => {
    throw new Error('members administer nothing')
  }
})
