import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { UnsupportedVersionFault } from '../../../model/fault.js'
import type { Api, InVersion } from './api.js'
import type { Versions } from './versions.js'

/** The versions that a broker supports, by the request's key: its answer to ApiVersions. */
export type BrokerApiVersions = ReadonlyMap<number, Versions>

/**
 * A request in the newest version that both sides support. Each connection has its own broker, so the brokers of a cluster may
 * get different versions during an upgrade.
 */
export const latestUsableVersion = <Request, Response>(
  api: Api<Request, Response>,
  supported: BrokerApiVersions
): Either<UnsupportedVersionFault, InVersion<Request, Response>> => {
  const offered = supported.get(api.key)
  if (offered !== undefined) {
    const version = Math.min(api.versions.to, offered.to)
    if (version >= api.versions.from && version >= offered.from) return right({ api, version })
  }
  return left({
    _tag: 'UnsupportedVersionFault',
    api: api.name,
    needed: named(api.versions, 'v'),
    offered: offered === undefined ? 'nothing' : named(offered, '')
  })
}

const named = ({ from, to }: Versions, mark: string): string =>
  from === to ? `${mark}${String(from)}` : `${mark}${String(from)} to ${mark}${String(to)}`

/** The request limited to some versions, since others have another meaning. */
export const limitedTo = <A extends { readonly versions: Versions }>(api: A, { from, to }: Versions): A => ({
  ...api,
  versions: { from: Math.max(api.versions.from, from), to: Math.min(api.versions.to, to) }
})
