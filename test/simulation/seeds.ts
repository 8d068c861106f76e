const inOneTurn = 10

/**
 * So many seeds in a row. The event loop gets a turn between them: within one turn everything that a weak reference was made
 * for stays in memory, and thousands of simulations would fill it.
 */
export async function* seedsFrom(base: number, count: number): AsyncGenerator<number> {
  for (let seed = base; seed < base + count; seed++) {
    if (seed % inOneTurn === 0) await new Promise((go) => setImmediate(go))
    yield seed
  }
}
