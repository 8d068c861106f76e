/**
 * What a connection is for. A broker answers the requests of one connection one after another: a metadata request waited
 * 7.5 s behind a held JoinGroup. So each kind has one of its own.
 */
export type Purpose = 'metadata' | 'join' | 'group' | 'fetch' | 'refill' | 'produce'
