import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { plant } from './plant.js'
import type { PlantedBug } from './planted-bugs.js'

const root = resolve(import.meta.dirname, '../..')
const { PLANTED_BUG: given, PLANTED_TIMEOUT: testTimeout } = process.env
const bug = given === undefined ? null : (JSON.parse(given) as PlantedBug)

/** Unit tests and properties, with the bug of the environment in the sources. */
export default defineConfig({
  root,
  plugins: [
    {
      name: 'planted bug',
      enforce: 'pre',
      load: (id) => {
        const [path = ''] = id.split('?')
        return bug !== null && resolve(root, bug.file) === path ? plant(bug, readFileSync(path, 'utf8')) : null
      }
    }
  ],
  test: { include: ['test/{unit,properties}/**/*.test.ts'], maxWorkers: 1, bail: 1, testTimeout: Number(testTimeout) }
})
