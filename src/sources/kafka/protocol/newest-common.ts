import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { UnsupportedVersionFault } from '../../../model/fault.js'
import type { Api } from './api.js'

/** The versions of a request that a broker speaks. */
export interface VersionRange {
  readonly minVersion: number
  readonly maxVersion: number
}

/** What a broker speaks, by the request's key: its answer to ApiVersions. */
export type SpokenVersions = Readonly<Record<number, VersionRange>>

/**
 * The newest version of a request that both sides speak: the one given, or else one of its `older` ones. Each connection
 * has its own broker, so that the brokers of one cluster may be asked in different versions while they are upgraded.
 */
export const newestCommon = <Request, Response>(
  api: Api<Request, Response>,
  spoken: SpokenVersions
): Either<UnsupportedVersionFault, Api<Request, Response>> => {
  const range = spoken[api.key]
  const needed: string[] = []
  for (let one: Api<Request, Response> | undefined = api; one !== undefined; one = one.older) {
    if (range !== undefined && range.minVersion <= one.version && one.version <= range.maxVersion) return right(one)
    needed.push(`v${String(one.version)}`)
  }
  const offered = range === undefined ? 'nothing' : `${String(range.minVersion)} to ${String(range.maxVersion)}`
  return left({ _tag: 'UnsupportedVersionFault', api: api.name, needed: needed.join(' or '), offered })
}
