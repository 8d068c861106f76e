// node --import without-channels.mjs …: loads ackstream as if it had no tracing channels, to measure what they cost while nobody listens.
import { register } from 'node:module'

const channels = 'sending|fetching|receiving|processing|working|settling'
const asked = new RegExp(`\\b(?:${channels})(\\d*)\\.(?:hasSubscribers|look\\(\\))`, 'g')

/** Every question whether there are listeners is answered here. */
export const load = async (url, context, next) => {
  const loaded = await next(url, context)
  if (loaded.format !== 'module' || !/\/dist\/[^?]*\.js$/.test(url)) return loaded
  return { ...loaded, source: String(loaded.source).replace(asked, 'false') }
}

register(import.meta.url)
