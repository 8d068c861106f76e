// The arithmetic of the benchmarks.

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Records a second. */
export const rateOf = ({ records, ms }) => Math.round((records / ms) * 1000)

/** By how many times the median rate of `ackstream` is that of a peer; nothing where it is not among the results. */
export const lead = ({ ackstream }, peer) =>
  ackstream === undefined ? '' : (median(ackstream.map(rateOf)) / median(peer.map(rateOf))).toFixed(2)

/** The slope of the straight line that is nearest to the points, by least squares; of a single point it is 0. */
export const slopeOf = (points) => {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const spread = mean((point) => (point.x - x) ** 2)
  return spread === 0 ? 0 : mean((point) => (point.x - x) * (point.y - y)) / spread
}

/**
 * What the memory of a process did in a run: its peak and what was live at the end in bytes, and the slopes of both in KiB
 * a minute of the second half: in the first, code is still being compiled and buffers find their size.
 */
export const memoryOf = ({ samples, rss }) => {
  const settled = samples.slice(Math.floor(samples.length / 2))
  const perMinute = (which) => slopeOf(settled.map((sample) => ({ x: sample.ms / 60_000, y: sample[which] / 1024 })))
  return { rss, live: settled.at(-1)?.live ?? 0, rssSlope: perMinute('rss'), liveSlope: perMinute('live') }
}

/** A table in Markdown. */
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
