import { lookup } from 'node:dns/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, TLSSocket } from 'node:tls'
import type { Versions } from '../sources/kafka/protocol/versions.js'

/** What answers at an address, over plaintext or TLS. */
export type Probed =
  | { readonly is: 'unresolved' | 'refused' | 'broken'; readonly reason: string }
  /** it accepted the connection and sent nothing, or something else */
  | { readonly is: 'silent' }
  | { readonly is: 'other'; readonly began: string }
  | { readonly is: 'tls' }
  | {
      readonly is: 'kafka'
      readonly supported: ReadonlyMap<number, Versions>
      readonly certificate: PeerCertificate | null
    }

const apiVersionsKey = 18
const correlation = 0x646f6374

/**
 * Checks what answers at an address by an ApiVersions request of version 0, which every broker answers before authentication.
 * Certificates are not verified: trust is checked separately.
 */
export const probeBroker = async (host: string, port: number, overTls: boolean, withinMs: number): Promise<Probed> => {
  try {
    await lookup(host)
  } catch (error) {
    return { is: 'unresolved', reason: codeOf(error) }
  }
  return new Promise((resolve) => {
    const open = { host, port }
    const socket: Socket = overTls
      ? connectTls({ ...open, rejectUnauthorized: false, ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }) })
      : connectTcp(open)
    let isOpen = false
    let received = Buffer.alloc(0)
    const end = (probed: Probed): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(probed)
    }
    const timer = setTimeout(() => {
      end(isOpen ? { is: 'silent' } : { is: 'refused', reason: `no answer within ${String(withinMs)} ms` })
    }, withinMs)
    socket.once(overTls ? 'secureConnect' : 'connect', () => {
      isOpen = true
      socket.write(question)
    })
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      const found = answerOf(received)
      if (found === null) return
      const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate() : null
      end(found.is === 'kafka' ? { ...found, certificate } : found)
    })
    socket.on('error', (error) => {
      end(
        isOpen || overTls
          ? { is: isOpen ? 'broken' : brokenOf(error), reason: codeOf(error) }
          : { is: 'refused', reason: codeOf(error) }
      )
    })
    socket.on('close', () => {
      // A port that expects TLS cannot parse the request, and closes the connection.
      end(isOpen ? { is: 'broken', reason: 'it hung up' } : { is: 'broken', reason: 'it hung up in the TLS handshake' })
    })
  })
}

const brokenOf = (error: Error): 'refused' | 'broken' =>
  ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(codeOf(error)) ? 'refused' : 'broken'

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)

const question = ((): Buffer => {
  const client = Buffer.from('ackstream-doctor')
  const request = Buffer.alloc(14 + client.length)
  request.writeInt32BE(10 + client.length, 0)
  request.writeInt16BE(apiVersionsKey, 4)
  request.writeInt16BE(0, 6)
  request.writeInt32BE(correlation, 8)
  request.writeInt16BE(client.length, 12)
  client.copy(request, 14)
  return request
})()

/** Null while the answer is incomplete. */
const answerOf = (bytes: Buffer): Probed | null => {
  // A TLS alert, or the record that contains it.
  if (bytes[0] === 21 && bytes[1] === 3) return { is: 'tls' }
  if (bytes.length < 8) return null
  const length = bytes.readInt32BE(0)
  if (bytes.readInt32BE(4) !== correlation || length < 10 || length > 100_000)
    return { is: 'other', began: bytes.subarray(0, 24).toString('latin1') }
  if (bytes.length < 4 + length) return null
  const count = bytes.readInt32BE(10)
  const supported = new Map<number, Versions>()
  for (let index = 0, at = 14; index < count && at + 6 <= bytes.length; index++, at += 6)
    supported.set(bytes.readInt16BE(at), { from: bytes.readInt16BE(at + 2), to: bytes.readInt16BE(at + 4) })
  return { is: 'kafka', supported, certificate: null }
}
