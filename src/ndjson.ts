export { writeNdjson } from './sinks/write-ndjson.js'
export type { WriteNdjsonOptions } from './sinks/write-ndjson.js'
export { writeNdjsonFiles } from './sinks/write-ndjson-files.js'
export type { WriteNdjsonFilesOptions } from './sinks/write-ndjson-files.js'
