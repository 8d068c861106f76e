import { left } from 'fp-ts/lib/Either.js'
import type { FetchingOptions } from '../../src/core/fetching/fetch-effects.js'
import { crc32c } from '../../src/core/records/crc32c.js'

/** For logs that are never compressed. */
export const fetchingOptions: FetchingOptions = {
  fetchMaxBytes: 10_000,
  fetchMinBytes: 1,
  fetchMaxWaitMs: 500,
  maxPartitionFetchBytes: 1_000,
  maxDecompressedBytes: 1_000_000,
  isolation: 'read_uncommitted',
  clientRack: '',
  checkCrcs: true,
  metadataMaxAgeMs: 300_000,
  requestTimeoutMs: 30_000,
  sessionTimeoutMs: 10_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  // The whole of each delay, none of it by chance.
  random: () => 1,
  decompress: () => left({ _tag: 'corrupt', reason: 'never compressed' }),
  checksum: crc32c
}
