/** Frames from this size on are large: glibc's initial threshold for a mapping. */
const largeFrame = 128 * 1024

/** The largest block that raises glibc's threshold is 32 MiB, including its own bookkeeping. */
const largestBlock = 32 * 1024 * 1024 - 64 * 1024

/** Only glibc needs this. */
let hasLearnt = process.platform !== 'linux'

/**
 * A buffer for a frame, which need not be zeroed.
 *
 * glibc returns large blocks to the system whenever they are freed, and then every page of the next one faults: half the time
 * of reading records of 10 KB. It stops doing so for blocks up to the size of one that was freed before (M_MMAP_THRESHOLD in
 * mallopt(3)), and then keeps at most twice as much. So one such block is allocated and freed here, without touching a page of
 * it.
 */
export const frameMemory = (bytes: number): Buffer => {
  if (!hasLearnt && bytes >= largeFrame) {
    hasLearnt = true
    Buffer.allocUnsafeSlow(largestBlock)
  }
  return Buffer.allocUnsafeSlow(bytes)
}
