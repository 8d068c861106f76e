/** How many connections are made, and how fast: the property `connections`. */
export type ConnectionProfile = 'fast' | 'few'
