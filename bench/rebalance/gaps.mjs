// How long partitions stood still: from one delivery to the next, or to the next record's coming into being until then.

/** The rank's value of ascending numbers. */
export const percentile = (sorted, rank) =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * rank) - 1)] ?? 0

const summary = (gaps) => {
  const sorted = gaps.map(({ ms }) => ms).sort((a, b) => a - b)
  return { count: sorted.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? 0 }
}

/**
 * The gaps of each partition: within a substream (`kept`), and from a substream to the next (`moved`), apart by what made
 * them move.
 */
export const gapsOf = ({ histories, ends }, substreams) => {
  const driver = histories.get('driver')
  const written = driver.find(({ e }) => e === 'written').t
  const causes = driver.filter(({ e }) => ['join', 'leave', 'kill', 'SIGSTOP', 'SIGCONT'].includes(e))
  const kept = []
  const moved = []
  for (const partition of ends.keys()) {
    const deliveries = substreams
      .filter((one) => one.partition === partition)
      .flatMap((one) => one.starts.map((start) => ({ ...start, one })))
      .sort((a, b) => a.t - b.t)
    for (let at = 1; at < deliveries.length; at++) {
      const before = deliveries[at - 1]
      const after = deliveries[at]
      if (after.t > written) break
      const gap = { partition, from: before.t, to: after.t, ms: after.t - Math.max(before.t, after.created) }
      if (before.one === after.one) kept.push(gap)
      else
        moved.push({
          ...gap,
          before: before.one,
          after: after.one,
          cause: causes.findLast(({ t }) => t < after.one.assigned)
        })
    }
  }
  return { kept, moved }
}

/** The same as figures in whole ms; the moved ones also by cause, with where the time went at the median. */
export const figuresOf = ({ kept, moved }) => {
  const by = new Map()
  for (const gap of moved) by.set(gap.cause?.e ?? 'start', [...(by.get(gap.cause?.e ?? 'start') ?? []), gap])
  return {
    kept: summary(kept),
    moved: summary(moved),
    ...Object.fromEntries([...by].map(([cause, gaps]) => [`moved by ${cause}`, summary(gaps)]))
  }
}

export const tableOf = (figures) =>
  [
    '| gaps, ms | count | p50 | p99 | longest |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(figures).map(
      ([name, { count, p50, p99, max }]) =>
        `| ${name} | ${count.toLocaleString('en')} | ${[p50, p99, max].map((ms) => Math.round(ms).toLocaleString('en')).join(' | ')} |`
    )
  ].join('\n')

/** Where the time of a moved partition went, for whoever looks for the cause. */
export const explain = ({ moved }, worst = 10) =>
  [...moved]
    .sort((a, b) => b.ms - a.ms)
    .slice(0, worst)
    .map(({ partition, ms, from, to, before, after, cause }) => {
      const since = (t) => (t === undefined ? '-' : Math.round(t - from))
      const steps = { caused: cause?.t, stopped: before.ended?.t, assigned: after.assigned, delivered: to }
      const told = Object.entries(steps).map(([step, t]) => `${step} ${since(t)}`)
      return `${partition}: ${Math.round(ms)} ms, ${cause?.e} ${cause?.member}, ${before.member} to ${after.member}; ${told.join(', ')}`
    })
