/** A folder of the cache that is made once: `make` makes one of the name `made` in the empty one that it gets. */
export function cached(name: string, make: (work: string) => void): string
