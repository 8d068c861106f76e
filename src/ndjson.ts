export { writeNdjson } from './sinks/write-ndjson.js'
export type { WriteNdjsonOptions } from './sinks/write-ndjson.js'
