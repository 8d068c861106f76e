import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'
import { runProgram } from '../support/run-program.js'

const { header } = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } }
const source = readFileSync(join(root, 'src/sources/kafka/network/frame-memory.ts'), 'utf8')

/** In a process of its own, whose memory holds nothing else. */
const faults = async (): Promise<number> => {
  const { outputText } = transpileModule(source, {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 }
  })
  const module = `data:text/javascript,${encodeURIComponent(outputText)}`
  return Number(
    await runProgram(process.execPath, ['--expose-gc', join(root, 'test/fixtures/frame-faults.mjs'), module])
  )
}

describe.runIf(header.glibcVersionRuntime !== undefined)('the memory of large frames', () => {
  it('is used again once it is free, instead of going back to the system', async () => {
    const pages = (80 * 4_000_000) / 4_096
    // Without it there is one for nearly each page, or for each ten where the system gives huge ones.
    expect(await faults()).toBeLessThan(pages / 10)
  })
})
