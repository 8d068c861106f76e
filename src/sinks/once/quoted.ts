/** Quotes a name for use in a statement of SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
