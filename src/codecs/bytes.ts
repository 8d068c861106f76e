import { right } from 'fp-ts/lib/Either.js'
import type { Bytes } from '../model/bytes.js'
import type { Codec } from './codec.js'

/**
 * Keeps the bytes, and Kafka's null, as they are. Never fails.
 *
 * @example
 * deserialize({ key: utf8, value: bytes })
 */
export const bytes: Codec<Bytes> = { decode: right, encode: (value) => value }
