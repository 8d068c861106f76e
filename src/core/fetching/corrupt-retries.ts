/**
 * How often an unreadable batch (by its checksum or as the broker reports) is fetched again before the partition stops:
 * the network may have caused the fault, or one replica.
 */
export const corruptRetries = 2
