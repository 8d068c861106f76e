import type { Api } from './api.js'

/** What the brokers have agreed on, by the feature's name: a level, left out where there is none. */
export type Features = ReadonlyMap<string, number>

/** Version 3 tells the cluster's features. The request is flexible, the header of its answer is not. */
export const apiVersionsV3: Api<void, Features> = {
  name: 'ApiVersions',
  key: 18,
  version: 3,
  write: (writer) => {
    // The tags of a flexible request's header; then the client's name and version.
    writer.noTags().compactString('ackstream').compactString('unknown').noTags()
  },
  read: (reader) => {
    reader.int16()
    reader.compactArray(() => {
      reader.int16()
      reader.int16()
      reader.int16()
      reader.skipTags()
    })
    const throttleMs = reader.int32()
    const features = new Map<string, number>()
    reader.tags((tag) => {
      if (tag !== finalizedFeatures) return
      reader.compactArray(() => {
        const name = reader.compactString()
        features.set(name, reader.int16())
        reader.int16()
        reader.skipTags()
      })
    })
    return { throttleMs, value: features }
  }
}

const finalizedFeatures = 2
