import fc from 'fast-check'

/**
 * The properties try the same values each time, so that what fails here failed before the change that is being tested.
 * `PROPERTY_SEED=random` tries others, as `npm run test:all` does; a failure prints its seed.
 */
const given = process.env['PROPERTY_SEED']

if (given !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given ?? 848) })
