export interface RunningKafka {
  readonly brokers: string
  /** what clients have to trust, where the nodes speak TLS */
  readonly certificate: string
  readonly folder: string
  readonly pids: readonly number[]
  signal(id: number, signal: NodeJS.Signals): void
  kill(id: number): Promise<void>
  restart(id: number): Promise<void>
  stop(): Promise<void>
}

export type NodeProperties = Readonly<Record<string, string | number>>

export interface KafkaOptions {
  readonly version?: string
  readonly nodes?: 1 | 3
  readonly detached?: boolean
  /** may depend on the node's id and its listeners */
  readonly properties?: NodeProperties | ((id: number, listeners: string) => NodeProperties)
  readonly sasl?: { readonly user: string; readonly password: string }
  /** a folder of compiled classes that nodes find */
  readonly classes?: string
}

export function missingTools(): string | null
/** of the loopback address */
export function freePort(): Promise<number>
export function kafkaJars(version?: string): string
export function toolJars(version?: string): string
export function startKafka(options?: KafkaOptions): Promise<RunningKafka>
