/** Gives back what it gets. */
export default (record) => record
