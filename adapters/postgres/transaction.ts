import type { Sessions, Users } from "../../domain/accounts/ports.ts";
import type { AuditLog } from "../../domain/audit/ports.ts";
import type { Categories } from "../../domain/catalog/ports.ts";
import type { Authoring } from "../../domain/authoring/ports.ts";
import type { Grants, Inbox, Offers, Orders } from "../../domain/checkout/ports.ts";
import type { Job, Jobs } from "../../domain/jobs.ts";
import type { Transaction } from "../../domain/transaction.ts";
import { postgresAuditLog } from "./audit.ts";
import { postgresCategories } from "./categories.ts";
import { postgresAuthoring } from "./authoring.ts";
import { postgresGrants, postgresInbox, postgresOffers, postgresOrders } from "./orders.ts";
import type { Database, DatabaseTransaction } from "./queries.ts";
import { postgresSessions } from "./sessions.ts";
import { postgresUsers } from "./users.ts";

/** Every store that a use case may need in a transaction; each names the few it touches. */
export type Stores = {
  users: Users;
  sessions: Sessions;
  categories: Categories;
  orders: Orders;
  offers: Offers;
  grants: Grants;
  inbox: Inbox;
  audit: AuditLog;
  authoring: Authoring;
  jobs: Jobs;
};

/** Puts a job into the queue as part of the transaction that causes it. */
export type EnqueueInTransaction = (tx: DatabaseTransaction, job: Job) => Promise<void>;

/** Transactions in PostgreSQL (read committed), with jobs enqueued in the same one. */
export function postgresTransaction(sql: Database, enqueue: EnqueueInTransaction): Transaction<Stores> {
  return async (work) => {
    // The driver awaits arrays that `begin` resolves to, element by element; a holder keeps the result as it is.
    const holder = await sql.begin(async (tx) => ({
      result: await work({
        users: postgresUsers(tx),
        sessions: postgresSessions(tx),
        categories: postgresCategories(tx),
        orders: postgresOrders(tx),
        offers: postgresOffers(tx),
        grants: postgresGrants(tx),
        inbox: postgresInbox(tx),
        audit: postgresAuditLog(tx),
        authoring: postgresAuthoring(tx),
        jobs: { add: (job) => enqueue(tx, job) },
      }),
    }));
    return holder.result;
  };
}
