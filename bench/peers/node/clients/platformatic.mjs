// @platformatic/kafka: its stream in flowing mode, the fastest way to read it; offsets are stored once a second.
import { npmPackage } from '../../install.mjs'
import { platformaticOptions } from '../connection.mjs'

const { Consumer } = await import(npmPackage('platformatic', '@platformatic/kafka'))

export const consume = async ({ brokers, topics, groupId, take, ready }) => {
  const consumer = new Consumer({ ...platformaticOptions(brokers), groupId, autocommit: 1_000 })
  const stream = await consumer.consume({ topics, mode: 'committed', fallbackMode: 'earliest' })
  stream.on('data', ({ value }) => take(value))
  ready()
}
