/**
 * Runs the work with stores that share one database transaction: committed if it resolves, rolled back if it throws.
 * Never keep one open during a network call.
 */
export type Transaction<Stores> = <Result>(work: (stores: Stores) => Promise<Result>) => Promise<Result>;
