import { isShareLine, consumerApis, shareApis } from '../diagram/share-lines.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'
import { type AnyScenario, isShareScenario } from './share-scenario.js'

/** The error in a line, and its column among the marbles; null: the error is in its name. */
export interface ShareFault {
  readonly reason: string
  readonly column: number | null
}

/** Refuses lines of share groups in other diagrams, and lines of consumers in those of share groups. */
export const shareFaultOf = (line: DiagramLine, scenario: AnyScenario): ShareFault | null =>
  isShareScenario(scenario) ? ofConsumers(line) : ofShares(line)

const ofShares = ({ name, label, marbles }: DiagramLine): ShareFault | null => {
  const noGroup = 'it has a `pipeline`, whose members are consumers, and no `share`'
  if (isShareLine(label._tag))
    return { reason: `“${name}” is of share groups, and the scenario is not: ${noGroup}`, column: null }
  if ('api' in label && (shareApis as readonly string[]).includes(label.api))
    return { reason: `only members of share groups send ${label.api}: ${noGroup}`, column: null }
  const cutOff = label._tag === 'member' ? marbles.find(({ char }) => char === '~') : undefined
  return cutOff === undefined
    ? null
    : { reason: '“~” is for members of share groups, whose locks run out: # kills a consumer', column: cutOff.column }
}

const ofConsumers = ({ name, label, marbles }: DiagramLine): ShareFault | null => {
  const about = (reason: string): ShareFault => ({ reason, column: null })
  const instead = (word: string): string => `Did you mean “${name.replace(label._tag, word)}”?`
  switch (label._tag) {
    case 'commits':
      return about(`a share group commits no offsets. ${instead('accepts')}`)
    case 'refused':
      return about(`a share group commits no offsets that could be refused. ${instead('loses')}`)
    case 'rebalances':
      return about('members of a share group own no partitions, so there are no rebalances')
    case 'pauses':
      return about('a share consumer cannot be paused: `maxInFlight` limits what it acquires')
    case 'seeks':
      return about('a share consumer cannot seek: the group has no position')
    case 'fails':
    case 'takes':
    case 'throttles': {
      const meant = (consumerApis as Readonly<Record<string, string | undefined>>)[label.api]
      return meant === undefined
        ? null
        : about(`members of share groups send no ${label.api}. Did you mean “${label._tag} ${meant}”?`)
    }
    case 'stream': {
      const mark = marbles.find(({ char }) => '^|#!'.includes(char))
      const reason = `a share consumer is one stream, of all its partitions: “${label.member} ends” shows its end`
      return mark === undefined ? null : { reason, column: mark.column }
    }
    default:
      return null
  }
}
