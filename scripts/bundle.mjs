// Puts what each entry of the package runs into few files: opening and compiling some 200 small ones took longer than importing rxjs,
// io-ts and fp-ts. What entries have in common is in chunks, so that nothing is there twice and a class is the same everywhere.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { pureConstants } from './pure-constants.mjs'

/**
 * Bundles these entries of `source` into `folder`. Modules stay apart within a file as statements that have no effect unless they
 * are used: who bundles the package again takes only what he needs.
 *
 * @param {{ source: string, folder: string, entries: readonly string[], format: 'esm' | 'cjs', define?: Record<string, string> }} options
 */
export const bundle = async ({ source, folder, entries, format, define = {} }) => {
  const made = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(source, `${entry}.ts`)])),
    external: (name) => !name.startsWith('.') && !name.startsWith('/'),
    platform: 'node',
    plugins: [pureConstants],
    // Types were looked at by TypeScript.
    tsconfig: false,
    transform: { target: 'es2022', define },
    treeshake: { moduleSideEffects: false },
    checks: { pluginTimings: false }
  })
  const { output } = await made.write({
    dir: folder,
    format,
    esModule: true,
    sourcemap: true,
    chunkFileNames: 'chunks/[name].js',
    // Nearly every entry needs most of the data types: they would be a dozen chunks of a few lines.
    codeSplitting: {
      groups: [
        { name: 'model', test: /\/src\/model\// },
        // Queues, delays and clocks, of a few lines each.
        {
          name: 'scheduling',
          test: /\/src\/(core\/scheduling\/|internal\/(source-names|running-handler|seeded-random|real-clock)\.ts)/
        }
      ]
    }
  })
  await made.close()
  // The sources are in the package.
  for (const { fileName } of output.filter(({ fileName }) => fileName.endsWith('.map'))) {
    const map = JSON.parse(readFileSync(join(folder, fileName), 'utf8'))
    delete map.sourcesContent
    writeFileSync(join(folder, fileName), JSON.stringify(map))
  }
  return output
}
