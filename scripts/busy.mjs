// Runs a command beside six processes that do nothing but keep the processors busy: node scripts/busy.mjs COMMAND [ARGUMENT …]
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const [, , command, ...args] = process.argv
if (command === undefined) throw new Error('which command?')

// One of them ends by itself if this process is killed: it looks for its parent now and then.
const forever = 'const parent = process.ppid; while (process.ppid === parent) for (let n = 0; n < 1e8; n++);'
const busy = Array.from({ length: 6 }, () => spawn(process.execPath, ['-e', forever], { stdio: 'ignore' }))
const end = () => {
  for (const one of busy) one.kill('SIGKILL')
}
process.once('exit', end)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

console.log(`beside ${busy.map(({ pid }) => pid).join(', ')}`)
const [code] = await once(spawn(command, args, { stdio: 'inherit' }), 'close')
process.exitCode = code ?? 1
end()
