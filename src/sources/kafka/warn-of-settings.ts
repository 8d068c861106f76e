import { isLoopback } from '../../config/broker-hosts.js'
import type { ConnectionSettings } from '../../config/connection-settings.js'

/**
 * Dangerous settings cause a warning of the process, once for each cluster, as Node does for NODE_TLS_REJECT_UNAUTHORIZED: the
 * process emits `warning`, and `--disable-warning=ACKSTREAM_…` hides it.
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
      'security.protocol is SASL_PLAINTEXT: anybody on the network can read every record, and try passwords against what SCRAM sends'
    )
}

const warn = (code: string, text: string): void => {
  process.emitWarning(text, { type: 'SecurityWarning', code: `ACKSTREAM_${code}` })
}
