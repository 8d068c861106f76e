export { VirtualClock } from '../../src/testing/time/virtual-clock.js'
