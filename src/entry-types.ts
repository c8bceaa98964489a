/** The types of an entry, as they stand in log records and blocks (native/core/entry.h has the same numbers): never renumber. */
export const entryTypes = { put: 1, delete: 2 } as const;
