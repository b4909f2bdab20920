import type { Job, Jobs } from "../../domain/jobs.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { Database, DatabaseTransaction } from "./queries.ts";
import { storesOver, TRANSACTION_STORES } from "./stores.ts";

/** Every store that a use case may need in a transaction; each names the few it touches. */
export type Stores = ReturnType<typeof storesOver<typeof TRANSACTION_STORES>> & { jobs: Jobs };

/** Adds jobs to the queue as part of the transaction that causes them. */
export type EnqueueInTransaction = (tx: DatabaseTransaction, ...jobs: Job[]) => Promise<void>;

/**
 * Returns transactions in PostgreSQL (read committed), with jobs enqueued in the same transaction. Each begins once
 * `ready` resolves.
 */
export function postgresTransaction(
  sql: Database,
  enqueue: EnqueueInTransaction,
  ready: () => Promise<void> = () => Promise.resolve(),
): Transaction<Stores> {
  return async (work) => {
    await ready();
    return await sql.begin((tx) =>
      work({ ...storesOver(TRANSACTION_STORES, tx), jobs: { add: (...jobs) => enqueue(tx, ...jobs) } })
    );
  };
}
