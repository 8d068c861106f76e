import { errorCode } from '../../../core/protocol/error-code.js'
import { version } from '../../../internal/version.js'
import { type DescribedApi, describedApi } from './described-api.js'
import { eachInTurn } from './in-turns.js'
import { array, int16, int32, int64, string, tagged } from './message.js'
import type { Slices } from './message-codec.js'
import type { BrokerApiVersions } from './latest-usable-version.js'
import type { ResponseReader } from './response-reader.js'
import type { Versions } from './versions.js'

/** What a broker supports. */
export interface BrokerVersions {
  readonly code: number
  readonly supported: BrokerApiVersions
  /** The finalized features of the cluster: their levels by name, without those that have none. */
  readonly features: ReadonlyMap<string, number>
}

/**
 * The versions of each request that the broker supports (KIP-511). The first request on a connection is in a version that the
 * broker may not support: 3, which all do from Kafka 2.4 on; later versions add nothing that is used here.
 */
const described = describedApi({
  name: 'ApiVersions',
  key: 18,
  versions: '0-3',
  flexibleFrom: 3,
  plainAnswerHeader: true,
  request: { clientSoftwareName: string('3+'), clientSoftwareVersion: string('3+') },
  response: {
    errorCode: int16('0+'),
    apiKeys: array('0+', { apiKey: int16('0+'), minVersion: int16('0+'), maxVersion: int16('0+') }),
    throttleTimeMs: int32('1+'),
    finalizedFeaturesEpoch: tagged(1, int64('3+', -1n)),
    finalizedFeatures: tagged(
      2,
      array('3+', { name: string('3+'), maxVersionLevel: int16('3+'), minVersionLevel: int16('3+') })
    )
  },
  toMessage: () => ({ clientSoftwareName: 'ackstream', clientSoftwareVersion: version }),
  fromLists: function* ({ errorCode: code, apiKeys, finalizedFeatures }): Slices<BrokerVersions> {
    const supported = new Map<number, Versions>()
    yield* eachInTurn(apiKeys, ({ apiKey, minVersion, maxVersion }) => {
      supported.set(apiKey, { from: minVersion, to: maxVersion })
    })
    const features = new Map<string, number>()
    yield* eachInTurn(finalizedFeatures, ({ name, maxVersionLevel }) => {
      features.set(name, maxVersionLevel)
    })
    return { code, supported, features }
  }
})

/** A broker that does not support the requested version answers in version 0. */
export const apiVersions: DescribedApi<undefined, BrokerVersions> = {
  ...described,
  read: (reader, version, request) => described.read(reader, versionIn(reader, version), request),
  readInSlices: (reader, version, request) => described.readInSlices(reader, versionIn(reader, version), request)
}

const versionIn = (reader: ResponseReader, version: number): number =>
  reader.nextInt16() === errorCode.UNSUPPORTED_VERSION ? 0 : version
