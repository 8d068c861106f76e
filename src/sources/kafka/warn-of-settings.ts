import { isLoopback } from '../../config/broker-hosts.js'
import type { ConnectionSettings } from '../../config/connection-settings.js'

/**
 * What is allowed, and dangerous, is said once for each cluster, as Node itself does for NODE_TLS_REJECT_UNAUTHORIZED: a
 * warning of the process, which its `warning` event carries and `--disable-warning=ACKSTREAM_…` hides.
 */
export const warnOfSettings = ({ tls, sasl, brokers, locate }: ConnectionSettings): void => {
  if (tls?.verify === false)
    warn(
      'TLS_UNVERIFIED',
      'dangerouslyDisableTlsVerification: anybody between this client and its brokers can read and change everything'
    )
  const isAway = locate !== null || brokers.some(({ host }) => !isLoopback(host))
  if (tls === null && sasl !== null && isAway)
    warn(
      'SASL_PLAINTEXT',
      'security.protocol is SASL_PLAINTEXT: who listens on the way sees every record, and can try passwords against what SCRAM sends'
    )
}

const warn = (code: string, text: string): void => {
  process.emitWarning(text, { type: 'SecurityWarning', code: `ACKSTREAM_${code}` })
}
