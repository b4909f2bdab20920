/**
 * Runs the work with stores that share one database transaction: committed when it resolves, rolled back when it throws.
 * Never hold one across a network call.
 */
export type Transaction<Stores> = <Result>(work: (stores: Stores) => Promise<Result>) => Promise<Result>;
