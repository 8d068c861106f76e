/**
 * How often a batch is fetched again that cannot be read, by its checksum or by the broker's word, before the partition stands
 * still: the fault may be the network's, or of one replica.
 */
export const corruptRetries = 2
