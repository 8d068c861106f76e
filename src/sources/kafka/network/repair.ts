import type { Socket } from 'node:net'
import { FrameReader } from './frame-reader.js'
import type { KafkaJsConnection } from './kafkajs-internals.js'
import { WireError } from './wire-error.js'

/**
 * Repairs a connection of kafkajs 2.2.4 before it is used. Each point was seen to go wrong without it:
 *
 * - a used connection re-arms a 1 ms timer for ever (3 % of a core while idle);
 * - three sends at once on a fresh connection open three sockets and lose two of them: the process never ends;
 * - the late `end` of a replaced socket closes the connection that took its place;
 * - closing waits for every request under way (7 s behind a held JoinGroup), and leaves a socket that is being connected;
 * - SCRAM hashes as often as the server says, up to 2^31 times: half an hour of a thread that nothing ends;
 * - a frame of length -1 throws out of the socket's handler and ends the process, a huge one is buffered without limit;
 * - the last answer is kept until the next bytes arrive.
 */
export const repair = (connection: KafkaJsConnection, maxFrameBytes: number): void => {
  repairTimers(connection)
  repairSockets(connection)
  repairConnect(connection)
  repairDisconnect(connection)
  repairScram(connection)
  repairFrames(connection, maxFrameBytes)
}

/** Kafka's default is 4096. */
const mostIterations = 1_000_000

/** A server's first message of SCRAM is a list of `r=`, `s=` and `i=`, the iterations. It is read as kafkajs reads it. */
const repairScram = (connection: KafkaJsConnection): void => {
  const send = connection.send.bind(connection)
  connection.send = async (request) => {
    const answer = await send(request)
    // The length of the message stands before it, in four bytes.
    const parts = answer?.authBytes?.toString('utf8', 4).split(',') ?? []
    for (const part of parts) {
      const iterations = part.startsWith('i=') ? parseInt(part.slice(2), 10) : 0
      if (iterations > mostIterations)
        throw new Error(`it asks for ${String(iterations)} iterations, at most ${String(mostIterations)} are made`)
    }
    return answer
  }
}

const repairTimers = ({ requestQueue }: KafkaJsConnection): void => {
  const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue)
  requestQueue.scheduleCheckPendingRequests = () => {
    if (requestQueue.pending.length > 0) schedule()
  }
}

/** Events of a socket that is not the connection's any more are not its events. */
const repairSockets = (connection: KafkaJsConnection): void => {
  const open = connection.socketFactory
  let failed: ((error: Error) => void) | null = null
  connection.giveUpConnecting = () => {
    if (!connection.isConnected()) failed?.(new Error('the connection was closed'))
  }
  connection.socketFactory = (options, intake) => {
    const onConnect = (): void => {
      if (connection.socket === socket) options.onConnect()
      else socket.destroy()
    }
    const socket: Socket = open({ ...options, onConnect }, intake)
    const listen = socket.on.bind(socket) as (event: string, listener: (...given: unknown[]) => void) => Socket
    socket.on = ((event: string, listener: (...given: unknown[]) => void) => {
      if (event === 'error') failed = listener
      return listen(event, (...given) => {
        if (connection.socket === socket) listener(...given)
        else if (event !== 'data') socket.destroy()
      })
    }) as Socket['on']
    return socket
  }
}

const repairConnect = (connection: KafkaJsConnection): void => {
  const connect = connection.connect.bind(connection)
  let going: Promise<unknown> | null = null
  connection.connect = () => {
    going ??= connect().finally(() => {
      going = null
    })
    return going
  }
}

const repairDisconnect = (connection: KafkaJsConnection): void => {
  connection.disconnect = (letGo = destroy) => {
    const { socket, requestQueue } = connection
    connection.socket = undefined
    connection.connectionStatus = 'disconnected'
    // An authentication under way waits for bytes that will not come.
    connection.authHandlers?.onError()
    requestQueue.rejectAll(new Error('the connection was closed'))
    requestQueue.destroy()
    if (socket !== undefined) letGo(socket)
    return Promise.resolve(true)
  }
}

const destroy = (socket: Socket): void => {
  socket.destroy()
}

const repairFrames = (connection: KafkaJsConnection, maxFrameBytes: number): void => {
  const broker = `${connection.host}:${String(connection.port)}`
  const received = (frame: Buffer): void => {
    if (connection.authHandlers !== null) {
      connection.authHandlers.onSuccess(frame)
      return
    }
    const payload = frame.subarray(8)
    connection.requestQueue.fulfillRequest({ size: frame.length - 4, correlationId: frame.readInt32BE(4), payload })
  }
  const bad = (reason: string): void => {
    connection.requestQueue.rejectAll(new WireError({ _tag: 'FrameFault', broker, reason }))
    void connection.disconnect()
  }
  /** Whether kafkajs waits for bytes as they come, without a frame. */
  const takesBare = (): boolean => connection.authHandlers !== null && !connection.authExpectResponse
  // One for each socket: what an earlier one left unfinished does not continue on this one.
  let reader: FrameReader | null = null
  const open = connection.socketFactory
  connection.socketFactory = (options) => {
    const own = new FrameReader(maxFrameBytes, received, bad)
    reader = own
    const filled = (count: number): void => {
      if (connection.socket !== socket) {
        // One that is being closed in order has something to send yet; what it still gets is nobody's.
        if (!socket.writableEnded) socket.destroy()
      } else if (takesBare()) connection.authHandlers?.onSuccess(Buffer.from(own.room.subarray(0, count)))
      else own.filled(count)
    }
    const socket: Socket = open(options, { room: () => own.room, filled })
    return socket
  }
  connection.processData = (chunk) => {
    if (takesBare()) connection.authHandlers?.onSuccess(chunk)
    else reader?.push(chunk)
  }
}
