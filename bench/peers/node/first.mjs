// node first.mjs CLIENT BROKERS TOPICS: prints how long the first record took from the start of the process.
const [, , client, brokers, topics] = process.argv
const [name, ...how] = client.split(':')
const { consume } = await import(`./clients/${name}.mjs`)
let joined = 0
await consume({
  how,
  brokers,
  topics: topics.split(','),
  groupId: `bench-${process.pid}-${Date.now()}`,
  ready: () => (joined ||= performance.now()),
  take: () => {
    const ms = performance.now()
    const { user, system } = process.cpuUsage()
    const rss = process.resourceUsage().maxRSS * 1024
    console.log(JSON.stringify({ ms, joined, cpuMs: (user + system) / 1000, rss }))
    process.exit(0)
  }
})
