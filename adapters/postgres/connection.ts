import postgres from "postgres";
import { Pool, TimeoutError } from "tarn";
import { TYPES } from "./arrays.ts";
import { ExclusiveClient, FIRST_QUESTION, type Statement } from "./exclusive_client.ts";
import { ConnectionError, leavesConnectionWhole } from "./failures.ts";
import type { Database, DatabaseTransaction, Queries, ReservedConnection } from "./queries.ts";

export { isConnectionFailure } from "./failures.ts";

/**
 * In milliseconds: the time to establish a connection, to wait for a free one, and to wait for a statement's result.
 * The last is above the role's timeout (`migrate.ts`), with which the server itself stops a statement; it is for a
 * server that does not respond at all.
 */
const DEADLINES = { connect: 5000, free: 10_000, answer: 20_000 };

type Deadlines = typeof DEADLINES;

type Options = {
  /** The maximum number of connections. */
  max?: number;
  /** Whether statements are prepared, once per connection. Must be false behind a transaction pooler. */
  prepares?: boolean;
  /** Overrides of the default deadlines, in milliseconds; `answer` may be infinite, as for migrations. */
  deadlines?: Partial<Deadlines>;
  /** Called for each statement sent, except the check of a new connection. */
  onStatement?: (text: string, parameters: unknown[]) => void;
};

type Patience = {
  /** How long to keep trying to reach the server, in milliseconds. */
  patienceMs?: number;
  /** The variable or option that the URL comes from, for the error. */
  variable?: string;
  /** Called for each failed attempt. */
  log?: (line: string) => void;
};

/** Opens a pool on the database (`openPool`), once the database responds (`untilReached`). */
export async function connect(databaseUrl: string, options: Options & Patience = {}): Promise<Database> {
  const sql = openPool(databaseUrl, options);
  try {
    await untilReached(sql, databaseUrl, options);
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
  return sql;
}

/**
 * Opens a pool on the database, which connects when statements need it. Works behind a transaction pooler unless
 * statements are prepared: it sets only those session settings that such poolers keep for each client, and `migrate`
 * sets the rest for the role. Broken connections are replaced, and statements in progress on them fail;
 * `isConnectionFailure` recognises these errors.
 */
export function openPool(databaseUrl: string, options: Options = {}): Database {
  const { max = 10, prepares = false, onStatement } = options;
  return pool(databaseUrl, { max, deadlines: { ...DEADLINES, ...options.deadlines } }, {
    prepare: prepares,
    types: TYPES,
    // Whatever the database's settings, the application uses UTC, and the driver reads timestamps as ISO 8601.
    connection: { TimeZone: "UTC", DateStyle: "ISO, MDY", standard_conforming_strings: "on" },
    onnotice: () => {},
    debug: onStatement &&
      ((_connection, text, parameters) => void (text === FIRST_QUESTION || onStatement(text, parameters))),
  });
}

/** Tries for 15 seconds, if not told otherwise, to reach the database, then throws an error that names host and port. */
export async function untilReached(
  sql: Database,
  databaseUrl: string,
  { patienceMs = 15_000, variable = "DATABASE_URL", log }: Patience = {},
): Promise<void> {
  const { host } = new URL(databaseUrl);
  const deadline = Date.now() + patienceMs;
  for (let wait = 250;; wait *= 2) {
    try {
      return void await sql`select 1`;
    } catch (error) {
      const reason = error instanceof Error
        ? error.message || String((error as { code?: string }).code)
        : String(error);
      if (Date.now() + wait > deadline) {
        throw new Error(
          `The database at ${host} cannot be reached (${reason}). Check ${variable} and that the server runs.`,
          { cause: error },
        );
      }
      log?.(`The database at ${host} does not answer (${reason}); trying again in ${wait} ms.`);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function pool(
  databaseUrl: string,
  { max, deadlines }: { max: number; deadlines: Deadlines },
  options: postgres.Options<Record<string, postgres.PostgresType>>,
): Database {
  // Builds statements, and is never connected itself. Each statement is sent on a connection chosen for it.
  const maker = postgres(databaseUrl, { ...options, max: 1 });
  const open = new Set<ExclusiveClient>();
  let isEnded = false;
  const clients = new Pool<ExclusiveClient>({
    min: 0,
    max,
    async create() {
      const client = new ExclusiveClient(databaseUrl, options);
      open.add(client);
      client.broken.catch(() => open.delete(client));
      try {
        await client.prove(deadlines.connect);
      } catch (error) {
        client.discard(error);
        throw error;
      }
      return client;
    },
    validate: (client) => client.isFit,
    destroy: (client) => client.close(),
    propagateCreateError: true,
    acquireTimeoutMillis: deadlines.free,
    createTimeoutMillis: deadlines.connect + 1000,
    idleTimeoutMillis: 30_000,
  });

  async function take(): Promise<ExclusiveClient> {
    if (isEnded) throw new ConnectionError("CONNECTION_ENDED", "The pool of connections is closed.");
    try {
      return await clients.acquire().promise;
    } catch (cause) {
      if (isEnded) throw new ConnectionError("CONNECTION_ENDED", "The pool of connections was closed.");
      if (!(cause instanceof TimeoutError)) throw cause; // why none could be created
      throw new ConnectionError(
        "CONNECTION_TIMEOUT",
        `No connection to the database was free within ${deadlines.free / 1000} s.`,
        { cause },
      );
    }
  }

  const sql = queries(maker, async (statement) => {
    let client: ExclusiveClient;
    try {
      client = await take();
    } catch (error) {
      return statement.reject(error);
    }
    await client.perform(statement, deadlines.answer);
    clients.release(client);
  });

  return Object.assign(sql, {
    async begin<Result>(work: (tx: DatabaseTransaction) => Promise<Result>): Promise<Result> {
      const client = await take();
      try {
        return await transact(maker, client, deadlines.answer, work);
      } finally {
        clients.release(client);
      }
    },

    async reserve(): Promise<ReservedConnection> {
      const client = await take();
      const line = oneByOne(client, deadlines.answer);
      return Object.assign(queries(maker, line.send), {
        async release() {
          await line.close();
          // It may still be in a transaction.
          if (line.failure() !== undefined) client.discard(line.failure());
          clients.release(client);
        },
      });
    },

    usage: () => ({
      used: clients.numUsed(),
      idle: clients.numFree(),
      waiting: clients.numPendingAcquires(),
    }),

    async end({ timeout = Infinity }: { timeout?: number } = {}) {
      isEnded = true;
      const cutOff = () => {
        const reason = new ConnectionError("CONNECTION_ENDED", "The pool of connections was closed.");
        for (const client of open) client.discard(reason);
      };
      const timer = timeout < Infinity ? setTimeout(cutOff, timeout * 1000) : undefined;
      await clients.destroy();
      clearTimeout(timer);
    },
  });
}

/** Returns the driver's tag and helpers, for statements that `send` sends once they are awaited. */
function queries(maker: postgres.Sql, send: (statement: Statement) => void): Queries {
  const through = (made: unknown) => {
    if (made instanceof Promise) (made as Statement).handler = send;
    return made;
  };
  const tag = maker as unknown as (...args: unknown[]) => unknown;
  const unsafe = maker.unsafe as (...args: unknown[]) => unknown;
  return Object.assign((...args: unknown[]) => through(tag(...args)), {
    json: maker.json,
    typed: maker.typed,
    types: maker.types,
    unsafe: (...args: unknown[]) => through(unsafe(...args)),
  }) as unknown as Queries;
}

/** Sends statements on one connection, each after the previous one has finished, until it is closed. */
function oneByOne(client: ExclusiveClient, answerMs: number) {
  let last = Promise.resolve();
  let failure: unknown;
  let isClosed = false;
  return {
    send(statement: Statement): void {
      if (isClosed) {
        return statement.reject(
          new Error("The transaction is over: await each of its statements inside it."),
        );
      }
      last = last.then(() => client.perform(statement, answerMs, (error) => failure ??= error));
    },
    /** The first error of a statement. */
    failure: () => failure,
    /** Stops accepting statements, and resolves when the last one has finished. */
    async close() {
      isClosed = true;
      await last;
    },
  };
}

async function transact<Result>(
  maker: postgres.Sql,
  client: ExclusiveClient,
  answerMs: number,
  work: (tx: DatabaseTransaction) => Promise<Result>,
): Promise<Result> {
  /** A statement of the transaction itself. */
  const perform = async (text: string) => {
    const statement = maker.unsafe(text) as unknown as Statement;
    statement.handler = (statement) => void client.perform(statement, answerMs);
    await statement;
  };
  // Whatever the database's default: the locks are designed for this level.
  await perform("begin isolation level read committed");
  const line = oneByOne(client, answerMs);
  let result: Result;
  try {
    result = await Promise.race([work(queries(maker, line.send)), client.broken]);
    await line.close();
    if (line.failure() !== undefined) throw line.failure();
  } catch (error) {
    await line.close();
    // Nothing is sent on a broken connection; the server rolls back by itself.
    if (!client.isLost) await perform("rollback").catch((reason) => client.discard(reason));
    const isFollowing = error instanceof postgres.PostgresError && error.code === "25P02";
    throw isFollowing ? line.failure() ?? error : error;
  }
  try {
    await perform("commit");
  } catch (error) {
    // A deferred constraint has rolled back. After any other error the outcome is unknown.
    if (!leavesConnectionWhole(error)) client.discard(error);
    throw error;
  }
  return result;
}
