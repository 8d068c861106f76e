// What `cpu-bound` has done on other threads: nothing here may know the pipeline.
import type { WorkerRecord } from 'ackstream/workers'

/** A number's largest prime factor, the slow way. */
export default function largestPrime({ value }: WorkerRecord<unknown, number>): { number: number; prime: number } {
  let rest = value
  let largest = 1
  for (let factor = 2; factor <= rest; factor++) {
    for (; rest % factor === 0; rest /= factor) largest = factor
  }
  return { number: value, prime: largest }
}
