/** What the tests of workers have done on a thread: `value.task` says which. */
const tasks = {
  /** how the record arrived */
  tell: (record) => ({ ...record, bytesOfValue: record.value.bytes?.buffer.byteLength ?? null }),
  echo: ({ value }) => value.answer,
  throw: () => {
    throw new TypeError('it cannot be worked on')
  },
  exit: () => process.exit(3),
  method: () => ({ method: () => 1 }),
  /** counts up without end */
  loop: ({ value }) => {
    const counter = new Int32Array(value.shared)
    for (;;) {
      Atomics.add(counter, 0, 1)
      Atomics.notify(counter, 0)
    }
  },
  /** ends when as many are at it as are to meet */
  meet: ({ value }) => {
    const arrived = new Int32Array(value.shared)
    if (Atomics.add(arrived, 0, 1) + 1 >= value.of) Atomics.notify(arrived, 0)
    for (let now = Atomics.load(arrived, 0); now < value.of; now = Atomics.load(arrived, 0)) {
      if (Atomics.wait(arrived, 0, now, 30_000) === 'timed-out') throw new Error('nobody else came')
    }
    return value.answer
  }
}

/** For raw records: busy for as many ms as the value says; gives what arrived with it. */
const busy = (value) => {
  const until = performance.now() + Number(new TextDecoder().decode(value))
  while (performance.now() < until);
  return value.buffer.byteLength
}

/** A record, or a list of them. */
export default function run(input) {
  if (Array.isArray(input)) return input.map(run)
  return input.value instanceof Uint8Array ? busy(input.value) : tasks[input.value.task](input)
}
