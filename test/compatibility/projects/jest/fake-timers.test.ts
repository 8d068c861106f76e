import { commit, eachPartition, handle } from 'ackstream'
import { type MarbleBody, marbles, type Pipeline } from 'ackstream/testing'
import sinon from 'sinon'

const slowly: Pipeline = (orders) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(() => new Promise<void>((done) => setTimeout(done, 3))),
        commit({ every: 1 })
      )
    )
  )
const playing =
  (commits: string, pipeline = slowly): MarbleBody =>
  ({ cluster }) => {
    cluster(`orders/0          -a----\none               ^-----\norders/0 commits  ${commits}`, { pipeline })
  }
const right = playing('----a-')

const names = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'] as const
const globals = (): readonly unknown[] => {
  // The first use after a test gives back what the fakes have put there again.
  clearTimeout(setTimeout(() => undefined, 0))
  Date.now()
  return names.map((name) => globalThis[name])
}

const sandbox = sinon.createSandbox()
const fakes = {
  'Jest, modern': [() => jest.useFakeTimers(), () => jest.useRealTimers()],
  'Jest, without dates': [() => jest.useFakeTimers({ doNotFake: ['Date'] }), () => jest.useRealTimers()],
  'Jest, legacy': [() => jest.useFakeTimers({ legacyFakeTimers: true }), () => jest.useRealTimers()],
  sinon: [() => sandbox.useFakeTimers(), () => sandbox.restore()],
  'sinon, dates only': [() => sandbox.useFakeTimers({ toFake: ['Date'] }), () => sandbox.restore()]
} as const

describe.each(Object.entries(fakes))('fake timers of %s', (_name, [install, remove]) => {
  const real = globals()
  afterEach(() => {
    remove()
    expect(globals()).toEqual(real)
  })

  it('that are there before do not matter', async () => {
    install()
    await marbles(right)()
    await expect(marbles(playing('-a----'))()).rejects.toThrow('“orders/0 commits” at 1 ms')
  })

  const whileFaked = 'replaced while this marble test ran'

  it('that the body installs are refused', () =>
    expect(
      marbles((tools) => {
        install()
        right(tools)
      })()
    ).rejects.toThrow(whileFaked))

  it('that a handler installs are refused', () => {
    const installing: Pipeline = (orders) =>
      orders.pipe(eachPartition((partition) => partition.pipe(handle(() => void install()), commit({ every: 1 }))))
    return expect(marbles(playing('-a----', installing))()).rejects.toThrow(whileFaked)
  })

  it('that the body removes are refused', async () => {
    install()
    await expect(
      marbles((tools) => {
        remove()
        right(tools)
      })()
    ).rejects.toThrow(whileFaked)
    await marbles(right)()
  })
})
