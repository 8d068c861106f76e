import { resolve } from 'node:path'
import { inTurn } from '../internal/in-turn.js'
import type { AckOrigin } from '../model/acknowledgement.js'
import type { Cancel } from '../model/clock.js'
import type { TopicPartition } from '../model/topic-partition.js'
import { NdjsonPartitionFile, type PartitionFileSettings } from './ndjson-partition-file.js'

/** A record with its line. */
export interface OffsetLine {
  readonly line: string
  readonly first: bigint
  readonly next: bigint
}

/** When a file is finished, and how it is written. */
export interface RotationSettings extends Omit<PartitionFileSettings, 'prefix'> {
  readonly rotateBytes: number
  readonly rotateMs: number
}

interface Shared {
  readonly file: NdjsonPartitionFile
  uses: number
}

/** By folder and partition: successive or concurrent pipelines of a process take turns. */
const files = new Map<string, Shared>()

/** The assignment that the lines of a partition come from. */
type LinesOrigin = Pick<AckOrigin, 'clock' | 'beforeEnd'>

interface Used {
  readonly shared: Shared
  readonly key: string
  timer: Cancel | null
  /** the assignment whose end waits for the last rename */
  origin: LinesOrigin | null
  withdraw: () => void
}

/** The files of the partitions that one pipeline writes. */
export class NdjsonPartitionFiles {
  private readonly settings: RotationSettings
  private readonly failed: (error: unknown) => void
  private readonly used = new Map<string, Used>()
  private isReleased = false

  /** @param failed called if a file cannot get its final name at the end of its assignment */
  constructor(settings: RotationSettings, failed: (error: unknown) => void) {
    this.settings = settings
    this.failed = failed
  }

  /** Writes the lines that are not on the disk yet; they are when it resolves. Writes nothing after `release`. */
  async write(place: TopicPartition, origin: LinesOrigin | null, lines: readonly OffsetLine[]): Promise<void> {
    if (this.isReleased) return
    const used = this.use(place)
    if (origin !== null && used.origin !== origin) this.finishBeforeEnd(used, origin)
    const { file } = used.shared
    const { rotateBytes, rotateMs } = this.settings
    await inTurn(used.shared, async () => {
      await file.open()
      // An earlier process began the file at an unknown time, so it may be due.
      if (file.bytes > 0 && used.timer === null && rotateMs !== Infinity) await this.finish(used)
      const due = lines.filter(({ next }) => next > file.next)
      const [first] = due
      const last = due.at(-1)
      if (first === undefined || last === undefined) return
      await file.append(
        due.map(({ line }) => line),
        first.first,
        last.next
      )
      if (file.bytes >= rotateBytes) await this.finish(used)
      else if (used.timer === null && origin !== null && rotateMs !== Infinity && !this.isReleased)
        used.timer = origin.clock.schedule(rotateMs, () => {
          used.timer = null
          // If it fails, the file is opened again before the next lines, and that fails in the pipeline.
          inTurn(used.shared, () => this.finish(used)).catch(() => undefined)
        })
    })
  }

  /** The pipeline has completed: finishes its files. */
  async finishAll(): Promise<void> {
    for (const used of this.used.values()) await inTurn(used.shared, () => this.finish(used))
  }

  /** Closes the files that no other pipeline uses; unfinished ones are continued later. */
  release(): void {
    this.isReleased = true
    for (const { shared, key, timer, withdraw } of this.used.values()) {
      timer?.()
      withdraw()
      shared.uses--
      void inTurn(shared, async () => {
        if (shared.uses > 0) return
        files.delete(key)
        await shared.file.close()
      })
    }
    this.used.clear()
  }

  /** Otherwise a drain could end, and the next owner begin, before the file has its final name. */
  private finishBeforeEnd(used: Used, origin: LinesOrigin): void {
    used.withdraw()
    used.origin = origin
    used.withdraw = origin.beforeEnd((done) => {
      inTurn(used.shared, () => this.finish(used))
        .catch(this.failed)
        .finally(done)
    })
  }

  private async finish(used: Used): Promise<void> {
    used.timer?.()
    used.timer = null
    await used.shared.file.finish()
  }

  private use({ topic, partition }: TopicPartition): Used {
    const prefix = `${topic}-${String(partition)}`
    const known = this.used.get(prefix)
    if (known !== undefined) return known
    const { folder, mode, gzip } = this.settings
    const key = `${resolve(folder)}/${prefix}`
    const shared = files.get(key) ?? { file: new NdjsonPartitionFile({ folder, prefix, mode, gzip }), uses: 0 }
    files.set(key, shared)
    shared.uses++
    const used: Used = { shared, key, timer: null, origin: null, withdraw: () => undefined }
    this.used.set(prefix, used)
    return used
  }
}
