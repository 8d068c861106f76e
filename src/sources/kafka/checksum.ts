import { type Checksum, crc32c } from '../../core/records/crc32c.js'
import { type NodeRsCrc32, optionalPackage } from './optional-package.js'

/** A native call takes as long as the tables for about this many bytes. */
const worthACall = 512

/** CRC-32C by the processor's instruction if `@node-rs/crc32` could be installed: 8.8 GB/s instead of 2.8 by the tables. */
export const checksum: Checksum = (bytes, start, end) => {
  const native = end - start < worthACall ? null : optionalPackage<NodeRsCrc32>('@node-rs/crc32')
  if (native === null) return crc32c(bytes, start, end)
  return native.crc32c(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start))
}
