import nodeModule from 'node:module'

/** Where this file is. In a bundle as CommonJS that is undefined; the CommonJS build leaves it out. */
const url = import.meta.url as string | undefined
const here = url ?? (typeof __filename === 'string' ? __filename : process.argv[1])

/** `require` as seen from this package, or from the bundle that it became a part of. Loads what is installed, no more. */
export const ownRequire = (name: string): unknown => {
  if (here === undefined) throw new Error(`nothing says where to look for ${name}`)
  // Not by its name: webpack takes an imported createRequire for its own, and loads nothing by a name it does not know.
  return nodeModule.createRequire(here)(name)
}
