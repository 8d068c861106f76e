/** How many connections are opened, and how fast: the property `connections`. */
export type ConnectionProfile = 'fast' | 'few'
