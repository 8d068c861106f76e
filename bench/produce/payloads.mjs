/** Values to be written, which compress about as JSON does. */
export const payloads = (bytes) => {
  const made = []
  for (let number = 0; number < 1_000; number++) {
    let text = ''
    for (let field = 0; text.length < bytes; field++)
      text += `{"id":${(number * 7919 + field * 104729) % 1_000_003},"name":"field-${field % 17}"}`
    made.push(Buffer.from(text.slice(0, bytes)))
  }
  return made
}

/** Records that are written before the clock runs: connections, metadata, compiled code. */
export const warmUp = 50_000
