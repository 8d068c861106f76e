import { parsers } from 'prettier/plugins/yaml'

/** A node of the formatter's syntax tree, as far as it is needed here. */
interface Node {
  readonly type: string
  readonly value?: string
  readonly children?: readonly (Node | null)[]
}

/** As YAML 1.2's core schema has it, for what our files use. */
const scalar = (text: string): unknown => {
  if (/^(?:null|~)?$/.test(text)) return null
  if (/^(?:true|false)$/.test(text)) return text === 'true'
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
}

const valueOf = (node: Node | null | undefined): unknown => {
  const [first, second] = node?.children ?? []
  switch (node?.type) {
    case undefined:
    case 'null':
      return null
    case 'plain':
      return scalar(node.value ?? '')
    case 'quoteSingle':
    case 'quoteDouble':
    case 'blockLiteral':
    case 'blockFolded':
      return node.value ?? ''
    case 'mapping':
    case 'flowMapping':
      return Object.fromEntries((node.children ?? []).map((item) => [String(valueOf(item?.children?.[0])), valueOf(item?.children?.[1])])) // prettier-ignore
    case 'sequence':
    case 'flowSequence':
      return (node.children ?? []).map(valueOf)
    case 'document':
      return valueOf(second)
    case 'documentBody':
    case 'mappingKey':
    case 'mappingValue':
    case 'sequenceItem':
    case 'flowSequenceItem':
      return valueOf(first)
    default:
      throw new Error(`YAML of type ${node?.type ?? ''} is not expected here`)
  }
}

/** The documents of a YAML file; it throws for what is none. The formatter's parser saves a dependency. */
export const yamlDocuments = (text: string): readonly unknown[] => {
  const { children = [] } = parsers.yaml.parse(text, {} as never) as Node
  return children.map(valueOf)
}
