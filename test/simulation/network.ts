import { type Either, left } from 'fp-ts/lib/Either.js'
import { defer, Observable, tap } from 'rxjs'
import { decodeAssignment } from '../../src/core/group/member-subscription.js'
import type { TopicIdPartition } from '../../src/core/group/consumer-protocol/topic-id-partition.js'
import type { FaultyApi } from '../../src/sources/memory/fault-on-demand.js'
import type { Fault } from '../../src/model/fault.js'
import type { KafkaCalls, OffsetCommitRequest, TopicMetadata } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import type { VirtualClock } from '../support/virtual-clock.js'
import { type LookUp, type PartitionOffset, type Place, placeOf } from './history.js'
import type { ProcessClock } from './process-clock.js'

/** How the network is at the moment. */
export interface Weather {
  readonly random: () => number
  readonly maxLatencyMs: number
  /** of 1, the part of requests that fail: half of those were served, half never came */
  losses: number
  /** requests of these kinds take up to so much longer */
  readonly slow: Map<FaultyApi, number>
}

/** What the network overhears of one member. */
export interface Overhearing {
  /** The group knows the member by this id. */
  known(memberId: string): void
  joining(): void
  joined(): void
  /** The broker gave the member these partitions. */
  given(places: readonly Place[]): void
  /** The same, by the consumer protocol. */
  givenByIds(partitions: readonly TopicIdPartition[]): void
  commitRequested(generation: number, offsets: readonly PartitionOffset[]): void
  commitAnswered(): void
  commitStored(generation: number, offsets: readonly PartitionOffset[]): void
  commitRefused(codes: readonly number[]): void
  /** The member has an answer that names these topics, and their ids. */
  described(topics: readonly TopicMetadata[]): void
  /** The member has the answer to a look-up. */
  located(place: Place, lookUp: LookUp, offset: number, askedAt: number): void
}

/** The connection of one process to the cluster. It can be cut: requests fail, answers under way are lost. */
export interface Line {
  cut: boolean
}

const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }
const closing: Fault = { _tag: 'ClosedFault', what: 'the connection' }
/** A request that nobody answers is given up after this. */
const patienceMs = 1_000

/**
 * Puts a network between a process and the broker: requests and answers take their time, and are lost. A request that was
 * sent reaches the broker even if its process dies meanwhile.
 */
export const overNetwork = (
  world: VirtualClock,
  process: ProcessClock,
  line: Line,
  weather: Weather,
  inner: KafkaCalls,
  overhearing: Overhearing
): KafkaCalls => {
  let closed = false
  const open = new Set<(answer: Either<Fault, never>) => void>()
  const latency = (): number => 1 + Math.floor(weather.random() * weather.maxLatencyMs)

  const call = <A>(api: FaultyApi, step: Step<A>, served?: (answer: A) => void): Step<A> =>
    new Observable((subscriber) => {
      const slowMs = weather.slow.get(api) ?? 0
      const late = slowMs === 0 ? 0 : Math.floor(weather.random() * slowMs)
      const tell = (answer: Either<Fault, A>): void => {
        open.delete(tell)
        if (subscriber.closed) return
        subscriber.next(answer)
        subscriber.complete()
      }
      const back = (answer: Either<Fault, A>): void => {
        world.schedule(latency() + late, () => {
          process.run(() => {
            tell(line.cut ? left(broken) : answer)
          })
        })
      }
      if (closed) {
        world.turn(() => {
          process.run(() => {
            tell(left(closing))
          })
        })
        return
      }
      open.add(tell)
      subscriber.add(() => open.delete(tell))
      const fate = weather.random()
      if (line.cut || fate < weather.losses / 2) {
        // Refused at once, or never answered.
        world.schedule(weather.random() < 0.5 ? latency() : patienceMs, () => {
          process.run(() => {
            tell(left(broken))
          })
        })
        return
      }
      const heard = fate >= weather.losses
      world.schedule(latency(), () => {
        step.subscribe((answer) => {
          if (answer._tag === 'Right') served?.(answer.right)
          back(heard ? answer : left(broken))
        })
      })
    })

  return {
    metadata: (topics) =>
      call('Metadata', inner.metadata(topics)).pipe(
        tap((answer) => {
          if (answer._tag === 'Right') overhearing.described(answer.right.topics)
        })
      ),
    joinGroup: (request) => {
      const sent = call('JoinGroup', inner.joinGroup(request), ({ memberId }) => {
        overhearing.known(memberId)
      })
      return defer(() => {
        overhearing.joining()
        return sent
      })
    },
    syncGroup: (request) =>
      call('SyncGroup', inner.syncGroup(request), ({ code, assignment }) => {
        if (code === 0) overhearing.given((decodeAssignment(assignment) ?? []).map(placeOf))
      }).pipe(
        tap(() => {
          overhearing.joined()
        })
      ),
    heartbeat: (member) => call('Heartbeat', inner.heartbeat(member)),
    describeGroup: (groupId) => call('DescribeGroups', inner.describeGroup(groupId)),
    leaveGroup: (request) => call('LeaveGroup', inner.leaveGroup(request)),
    consumerGroupHeartbeat: (request) =>
      call('ConsumerGroupHeartbeat', inner.consumerGroupHeartbeat(request), ({ code, assignment }) => {
        overhearing.known(request.memberId)
        if (code === 0 && assignment !== null) overhearing.givenByIds(assignment)
      }),
    offsetCommit: (request) => {
      const sent = call('OffsetCommit', inner.offsetCommit(request), (codes) => {
        const stored = codes.flatMap((entry) => (entry.code === 0 ? [placeOf(entry)] : []))
        const refused = codes.flatMap(({ code }) => (code === 0 ? [] : [code]))
        if (refused.length > 0) overhearing.commitRefused([...new Set(refused)])
        if (stored.length > 0)
          overhearing.commitStored(
            request.generation,
            offsetsOf(request).filter(({ place }) => stored.includes(place))
          )
      })
      return defer(() => {
        overhearing.commitRequested(request.generation, offsetsOf(request))
        return sent.pipe(
          tap(() => {
            overhearing.commitAnswered()
          })
        )
      })
    },
    offsetFetch: (groupId, partitions, member) =>
      defer(() => {
        const askedAt = world.now()
        return call('OffsetFetch', inner.offsetFetch(groupId, partitions, member)).pipe(
          tap((answer) => {
            if (answer._tag === 'Left' || answer.right.code !== 0) return
            for (const entry of answer.right.offsets)
              if (entry.code === 0) overhearing.located(placeOf(entry), 'committed', Number(entry.offset), askedAt)
          })
        )
      }),
    listOffsets: (node, request) =>
      defer(() => {
        const askedAt = world.now()
        return call('ListOffsets', inner.listOffsets(node, request)).pipe(
          tap((answer) => {
            if (answer._tag === 'Left') return
            for (const entry of answer.right) {
              const query = request.partitions.find((asked) => placeOf(asked) === placeOf(entry))
              if (entry.code === 0 && query !== undefined)
                overhearing.located(placeOf(entry), query.timestamp, Number(entry.offset), askedAt)
            }
          })
        )
      }),
    fetch: (node, request) => call('Fetch', inner.fetch(node, request)),
    offsetForLeaderEpoch: (node, partitions) =>
      call('OffsetForLeaderEpoch', inner.offsetForLeaderEpoch(node, partitions)),
    close: () => {
      closed = true
      for (const tell of [...open])
        world.turn(() => {
          process.run(() => {
            tell(left(closing))
          })
        })
      open.clear()
    }
  }
}

const offsetsOf = ({ offsets }: OffsetCommitRequest): readonly PartitionOffset[] =>
  offsets.map((entry) => ({ place: placeOf(entry), offset: Number(entry.offset) }))
