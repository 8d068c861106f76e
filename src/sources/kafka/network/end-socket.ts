import type { Socket } from 'node:net'

/** How long the network may take for what was written before the end. */
const closingMs = 5_000

/**
 * Closes a socket in order: what was written is sent, and the end after it. Destroying it would throw away what the network
 * has not taken yet, which under acks 0 nobody would ever notice. Of a network that takes nothing it lets go at the deadline.
 */
export const endSocket = (socket: Socket, withinMs = closingMs): void => {
  const destroy = (): void => {
    socket.destroy()
  }
  const deadline = setTimeout(destroy, withinMs)
  socket.once('close', () => {
    clearTimeout(deadline)
  })
  // The network has everything by then; the other side need not close too.
  socket.end(destroy)
}
