import type { Socket } from 'node:net'

/** A `Kafka` of kafkajs, of any version; its members are looked up when they are used. */
export interface KafkajsInstance {
  readonly admin: (...config: never[]) => object
}

/** The used part of a kafkajs `Connection`: it connects, and knows how to authenticate. */
export interface KafkajsConnection {
  readonly host: string
  readonly port: number
  readonly clientId?: string | null
  readonly logger: object
  readonly sasl?: KafkajsSasl | null
  readonly socket?: Socket
  readonly requestQueue?: { readonly destroy?: () => void }
  readonly connect: () => Promise<unknown>
}

/** The `sasl` of a kafkajs configuration. */
export interface KafkajsSasl {
  readonly mechanism: string
  readonly username?: string
  readonly password?: string
  readonly oauthBearerProvider?: () => Promise<{
    readonly value: string
    readonly extensions?: Readonly<Record<string, string>>
  }>
  readonly authorizationIdentity?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly authenticationProvider?: unknown
}

/** Creates a connection that is not open yet: to the address, or to the next of the instance's own brokers. */
export type MakeConnection = (
  address: { readonly host: string; readonly port: number } | null
) => Promise<KafkajsConnection>

interface ConnectionBuilder {
  readonly build: (address?: { readonly host: string; readonly port: number }) => unknown
}

const creates = 'private:Kafka:createCluster'

/**
 * How an instance creates connections; null if it is not one of kafkajs's. The function is not public: a `Kafka` has it under a
 * symbol with the same description in kafkajs 1.16, 2.0 and 2.2; since 2.0 it returns connections in pairs.
 */
export const connectionsOf = (instance: object): MakeConnection | null => {
  const prototypes = [instance, Object.getPrototypeOf(instance) as object]
  const symbol = prototypes.flatMap(Object.getOwnPropertySymbols).find(({ description }) => description === creates)
  const create: unknown = symbol === undefined ? undefined : Reflect.get(instance, symbol)
  if (typeof create !== 'function') return null
  const cluster = create.call(instance, {}) as Readonly<Record<string, unknown>>
  const builder = (cluster['connectionPoolBuilder'] ?? cluster['connectionBuilder']) as ConnectionBuilder | undefined
  if (typeof builder?.build !== 'function') return null
  return async (address) => {
    const built = (await builder.build(address ?? undefined)) as KafkajsConnection & {
      readonly pool?: readonly KafkajsConnection[]
    }
    return built.pool?.[0] ?? built
  }
}
