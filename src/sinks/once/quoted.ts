/** Quotes a name for an SQL statement. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
