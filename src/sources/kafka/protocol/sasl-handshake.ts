import { describedApi } from './described-api.js'
import { int16, string, strings } from './message.js'

/**
 * Names the mechanism. The answer lists those that the broker supports. Version 0 would not be followed by SaslAuthenticate.
 */
export const saslHandshake = describedApi({
  name: 'SaslHandshake',
  key: 17,
  versions: '1',
  request: { mechanism: string('0+') },
  response: { errorCode: int16('0+'), mechanisms: strings('0+') },
  toMessage: (mechanism: string) => ({ mechanism }),
  fromMessage: ({ errorCode, mechanisms }) => ({ code: errorCode, mechanisms })
})
