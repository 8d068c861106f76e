// The offline checker: what the members say they did, held against the log and the stored offsets that another client saw.

/** @param {{ histories: Map<string, object[]>, ends: Map<number, number>, committed: Map<number, number> }} run */
export const check = ({ histories, ends, committed }) => {
  const violations = []
  const violation = (rule, text) => violations.push(`${rule}: ${text}`)
  const driver = histories.get('driver') ?? []
  const members = [...histories].filter(([name]) => name !== 'driver')
  const killed = new Set(driver.filter(({ e }) => e === 'kill').map(({ member }) => member))
  const frozen = new Set(driver.filter(({ e }) => e === 'SIGSTOP').map(({ member }) => member))

  const late = []
  const substreams = members.flatMap(([member, events]) =>
    substreamsOf(member, events, killed.has(member), late, violation)
  )
  checkLate(late, substreams, violation)
  const acknowledged = firstAcknowledgements(substreams, ends, violation)
  checkCommits(members, driver, acknowledged, violation)
  const duplicates = checkDuplicates(substreams, members, frozen, violation)
  for (const [partition, end] of ends) {
    const at = committed.get(partition) ?? 0
    if (at !== end) violation('lag', `${partition} is stored up to ${at} of ${end}`)
  }
  const handled = substreams.reduce((sum, { starts }) => sum + starts.length, 0)
  return { violations, duplicates, handled, substreams }
}

/** Each substream of a member with what was delivered and acknowledged; the order within it, and assignments that alternate. */
const substreamsOf = (member, events, killed, late, violation) => {
  const held = new Map()
  const open = new Map()
  const all = []
  const ended = (partition, t, how) => {
    const known = open.get(partition)
    if (known !== undefined) Object.assign(known, { ended: { t, how } })
    open.delete(partition)
  }
  for (const event of events) {
    const { t, e, partition } = event
    const place = `${member} ${partition}`
    switch (e) {
      case 'assigned':
        for (const gained of event.gained) {
          if (held.has(gained))
            violation('alternate', `${member} gained ${gained} in ${event.generation}, which it held`)
          held.set(gained, { t, generation: event.generation })
        }
        for (const kept of event.kept)
          if (!held.has(kept)) violation('alternate', `${member} kept ${kept}, which it did not hold`)
        break
      case 'revoked':
      case 'lost':
        for (const { partition: of, outcome } of event.reports) {
          if (!held.delete(of)) violation('alternate', `${member}: ${of} was ${e}, which it did not hold`)
          ended(of, t, e === 'lost' ? 'lost' : outcome)
        }
        break
      case 'left':
        for (const { partition: of, outcome } of event.reports) ended(of, t, outcome)
        break
      case 'open': {
        if (!held.has(partition)) violation('owner', `${place}: a stream begins that was not assigned`)
        if (open.has(partition)) violation('owner', `${place}: a second stream`)
        const { stream } = event
        const begun = {
          member,
          partition,
          stream,
          assigned: held.get(partition)?.t ?? t,
          starts: [],
          acks: [],
          completed: 0,
          ended: null,
          killed
        }
        open.set(partition, begun)
        all.push(begun)
        break
      }
      case 'complete':
      case 'failed': {
        const known = all.find(({ stream }) => stream === event.stream)
        known.completed++
        if (known.completed > 1) violation('complete', `${place}: its stream ended twice`)
        if (e === 'failed') violation('complete', `${place}: its stream failed with ${event.error}`)
        break
      }
      case 'start':
      case 'ack': {
        const known = open.get(partition)
        if (known === undefined || known.stream !== event.stream) {
          violation('given up', `${place}: ${e} of ${event.offset} after it was given up`)
          break
        }
        if (e === 'ack') {
          if (known.starts[known.acks.length]?.offset !== event.offset)
            violation('order', `${place}: ${event.offset} was acknowledged out of order`)
          known.acks.push({ t, offset: event.offset })
          break
        }
        const last = known.starts.at(-1)
        if (last !== undefined && event.offset !== last.offset + 1)
          violation('order', `${place}: ${event.offset} after ${last.offset}`)
        known.starts.push({ t, offset: event.offset, created: event.created })
        break
      }
      case 'wrong':
        violation('content', `${place}: ${event.offset} says ${event.says}`)
        break
      case 'stored':
        for (const [of, offset] of event.offsets) if (!held.has(of)) late.push({ member, partition: of, offset, t })
    }
  }
  return all
}

/**
 * A member may hear only after it was fenced that its last commit was stored: of a commit that came before the next owner, who
 * then began there or beyond. Any other would have been stored over the next owner's.
 */
const checkLate = (late, substreams, violation) => {
  for (const { member, partition, offset, t } of late) {
    const next = substreams.find(
      (one) =>
        one.member !== member && one.partition === partition && one.starts[0]?.t < t && one.starts[0].offset >= offset
    )
    if (next === undefined) violation('foreign', `${member} stored ${partition} at ${offset}, which it does not hold`)
  }
}

/** By partition, when each offset was acknowledged first; none is missing. */
const firstAcknowledgements = (substreams, ends, violation) => {
  const found = new Map([...ends].map(([partition, end]) => [partition, new Float64Array(end).fill(Infinity)]))
  for (const { partition, acks } of substreams) {
    const times = found.get(partition)
    for (const { t, offset } of acks) {
      if (offset >= times.length) violation('phantom', `${partition}/${offset} is beyond the log`)
      else times[offset] = Math.min(times[offset], t)
    }
  }
  for (const [partition, times] of found) {
    const lost = times.reduce((count, t) => (t === Infinity ? count + 1 : count), 0)
    if (lost > 0)
      violation(
        'loss',
        `${lost} records of ${partition} were never acknowledged, the first is ${times.indexOf(Infinity)}`
      )
  }
  return found
}

/** No offset is stored before all below it are acknowledged, and none goes back. */
const checkCommits = (members, driver, acknowledged, violation) => {
  const complete = new Map([...acknowledged].map(([partition, times]) => [partition, runningMaximum(times)]))
  const early = (who, t, [partition, offset]) => {
    if (offset > 0 && !((complete.get(partition)?.[offset - 1] ?? Infinity) <= t))
      violation('early', `${who}: ${partition} was stored at ${offset} before all below it was acknowledged`)
  }
  for (const [member, events] of members) {
    for (const { e, t, offsets } of events) if (e === 'stored') for (const stored of offsets) early(member, t, stored)
  }
  const newest = new Map()
  for (const { e, t, offsets } of driver) {
    if (e !== 'observed') continue
    for (const stored of offsets) {
      const [partition, offset] = stored
      early('the group', t, stored)
      if (offset < (newest.get(partition) ?? 0))
        violation('back', `${partition} went from ${newest.get(partition)} back to ${offset}`)
      newest.set(partition, offset)
    }
  }
}

/** How a substream may end with work that is repeated: its process was killed or fenced, or its drain overdue. */
const mayRepeat = ({ killed, ended }) =>
  (killed && ended === null) || ['lost', 'timed out', 'aborted'].includes(ended?.how)

/**
 * A substream begins where the one before it came to, or, where that could not store all, at what was stored; and only one
 * delivers at a time, but for one that is fenced and does not know it yet. Gives how many records were handled again.
 */
const checkDuplicates = (substreams, members, frozen, violation) => {
  const stored = new Map()
  for (const [, events] of members) {
    for (const { e, t, offsets } of events) {
      if (e !== 'stored') continue
      for (const [partition, offset] of offsets)
        stored.set(partition, [...(stored.get(partition) ?? []), { t, offset }])
    }
  }
  let duplicates = 0
  const partitions = new Set(substreams.map(({ partition }) => partition))
  for (const partition of partitions) {
    const ordered = substreams.filter((one) => one.partition === partition && one.starts.length > 0)
    ordered.sort((a, b) => a.starts[0].t - b.starts[0].t)
    let next = 0
    ordered.forEach((one, index) => {
      const before = ordered[index - 1]
      const first = one.starts[0]
      const place = `${one.member} ${partition}`
      if (first.offset > next) violation('loss', `${place} began at ${first.offset}, ${next} was never delivered`)
      const known = (stored.get(partition) ?? []).filter(({ t }) => t < one.assigned)
      const floor = known.reduce((most, { offset }) => Math.max(most, offset), 0)
      if (first.offset < floor) violation('repeat', `${place} began at ${first.offset}, below ${floor} that was stored`)
      if (before !== undefined) {
        const overlap = before.starts.at(-1).t > first.t
        if (overlap && !frozen.has(before.member) && before.ended?.how !== 'lost' && !before.killed)
          violation('owner', `${place} began while ${before.member} still had it`)
        const again = ordered.slice(0, index).filter(({ starts }) => starts.at(-1).offset >= first.offset)
        for (const former of again)
          if (!mayRepeat(former))
            violation(
              'repeat',
              `${place} began at ${first.offset}, which ${former.member} had handled (${former.ended?.how})`
            )
        const reached = Math.max(-1, ...again.map(({ starts }) => starts.at(-1).offset))
        duplicates += Math.max(0, Math.min(reached, one.starts.at(-1).offset) + 1 - first.offset)
      }
      next = Math.max(next, one.starts.at(-1).offset + 1)
    })
  }
  return duplicates
}

const runningMaximum = (times) => {
  let most = -Infinity
  return times.map((t) => (most = Math.max(most, t)))
}
