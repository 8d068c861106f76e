import nodeModule from 'node:module'

/** The location of this file; undefined in a CommonJS bundle, and left out by the CommonJS build. */
const url = import.meta.url as string | undefined
const here = url ?? (typeof __filename === 'string' ? __filename : process.argv[1])

/** `require` as seen from this package, or from the bundle that contains it. Loads installed packages only. */
export const ownRequire = (name: string): unknown => {
  if (here === undefined) throw new Error(`the place of this package is unknown, so ${name} cannot be loaded`)
  // Not by its name: webpack would replace an imported createRequire, and could not load a computed name.
  return nodeModule.createRequire(here)(name)
}
