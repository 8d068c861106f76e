// What the published contract suite waits and listens with.
export { collect, type Collected, until } from '../../src/testing/contract/checks.js'
