/** Values to be written, which compress about as JSON does: a thousand lines. */
export const payloads = (bytes) =>
  Array.from({ length: 1_000 }, (_, number) => {
    let text = ''
    for (let field = 0; text.length < bytes; field++)
      text += `{"id":${(number * 7919 + field * 104729) % 1_000_003},"name":"field-${field % 17}"}`
    return text.slice(0, bytes)
  })
