import type { Api } from './api.js'
import type { SpokenVersions, VersionRange } from './newest-common.js'

/** Which versions of which requests the broker speaks, by the request's key. */
export const apiVersionsV2: Api<void, { readonly code: number; readonly versions: SpokenVersions }> = {
  name: 'ApiVersions',
  key: 18,
  version: 2,
  write: () => undefined,
  read: (reader) => {
    const code = reader.int16()
    const versions: Record<number, VersionRange> = {}
    reader.array(() => {
      versions[reader.int16()] = { minVersion: reader.int16(), maxVersion: reader.int16() }
    })
    return { value: { code, versions }, throttleMs: reader.int32() }
  }
}
