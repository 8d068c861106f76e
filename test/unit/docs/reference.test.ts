import { format } from 'prettier'
import { expect, it } from 'vitest'
import { eventsPage, propertiesPage } from '../../support/reference.js'

/** As the repository's formatter leaves it. */
const formatted = (markdown: string): Promise<string> => format(markdown, { parser: 'markdown' })

// `vitest run -u` writes them anew.
it('docs/properties.md says what the decoders do', async () => {
  await expect(await formatted(propertiesPage())).toMatchFileSnapshot('../../../docs/properties.md')
})

it('docs/events-and-faults.md says what the unions have', async () => {
  await expect(await formatted(eventsPage())).toMatchFileSnapshot('../../../docs/events-and-faults.md')
})

it('every property says what it means', () => {
  const silent = propertiesPage().split('\n').filter((line) => /^\| `.*\|\s*\|$/.test(line)) // prettier-ignore
  expect(silent).toEqual([])
})
