/** From this size on a frame is large; glibc's own threshold for a mapping is this at first. */
const largeFrame = 128 * 1024

/** The largest block that glibc learns from is one of 32 MiB, its own bookkeeping included. */
const largestBlock = 32 * 1024 * 1024 - 64 * 1024

/** There is nothing to be learnt elsewhere. */
let hasLearnt = process.platform !== 'linux'

/**
 * So many bytes for a frame, whatever is in them.
 *
 * glibc gives memory of large blocks back to the system whenever they are freed, and every page of the next one faults: half
 * the time of reading records of 10 KB. It stops doing so for blocks that are no larger than one it has seen freed
 * (M_MMAP_THRESHOLD in mallopt(3)), and then keeps at most twice as much. So it is shown one, of which no page is ever touched.
 */
export const frameMemory = (bytes: number): Buffer => {
  if (!hasLearnt && bytes >= largeFrame) {
    hasLearnt = true
    Buffer.allocUnsafeSlow(largestBlock)
  }
  return Buffer.allocUnsafeSlow(bytes)
}
