// What brokers before 3.3 need: a ZooKeeper, from the jars that Kafka came with (KRaft was for trying only until then).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

/** @param {string} version */
export const needsZookeeper = (version) => {
  const [major, minor] = version.split('.').map(Number)
  return major < 3 || (major === 3 && minor < 3)
}

/** A broker's properties with ZooKeeper in place of a controller. @param {string} all @param {number} port */
export const withZookeeper = (all, port) => {
  const kept = all.split('\n').filter((line) => !/^(process\.roles|node\.id|controller\.)/.test(line))
  const plain = kept.map((line) => line.replace(/,CONTROLLER:(\/\/\S*|PLAINTEXT)$/, ''))
  return [...plain, 'broker.id=1', `zookeeper.connect=127.0.0.1:${port}`].join('\n')
}

const listens = (port) =>
  new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })

/** Starts one and waits until it can be connected to. @param {string} libs @param {number} port @param {string} folder @param {boolean} detached */
export const startZookeeper = async (libs, port, folder, detached) => {
  const log = openSync(join(folder, 'zookeeper.log'), 'a')
  const main = 'org.apache.zookeeper.server.ZooKeeperServerMain'
  const settings = ['-Xmx256m', '-Dzookeeper.admin.enableServer=false', '-cp', `${libs}/*`, main]
  const stdio = ['ignore', log, log]
  const child = spawn('java', [...settings, String(port), join(folder, 'zookeeper')], { stdio, detached })
  const killed = () => child.kill('SIGKILL')
  if (detached) child.unref()
  else process.once('exit', killed)
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`ZooKeeper did not come up; see ${join(folder, 'zookeeper.log')}`)
    await new Promise((go) => setTimeout(go, 200))
  }
  return {
    pids: [child.pid],
    stop: async () => {
      process.removeListener('exit', killed)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
}
