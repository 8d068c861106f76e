/** Whether it is a date, of whichever realm: the global `Date` of a marble test is another one. */
export const isDate = (value: unknown): value is { getTime(): number } =>
  Object.prototype.toString.call(value) === '[object Date]'
