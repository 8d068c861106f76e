import { expect, it } from 'vitest'
import { compressedForms } from '../support/compressed-forms.js'
import { javaDecompresses } from '../support/java-records.js'
import { describeKafka } from '../support/kafka.js'

describeKafka('every form of every codec', () => {
  it('is read by Java’s client as by ourselves, but for what is said to differ', async () => {
    const read = await javaDecompresses(compressedForms)
    const named = (contents: readonly (string | null)[]): readonly unknown[] =>
      compressedForms.map(({ codec, name }, at) => [codec, name, contents[at]])
    expect(named(read)).toEqual(named(compressedForms.map(({ content, java }) => (java ?? { content }).content)))
  })
})
