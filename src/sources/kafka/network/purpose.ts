/**
 * The purpose of a connection. A broker answers the requests of one connection one after the other: a metadata request waited
 * 7.5 s behind a held JoinGroup. So each purpose has its own connection.
 */
export type Purpose = 'metadata' | 'join' | 'group' | 'fetch' | 'refill' | 'produce'
