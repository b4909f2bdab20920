import { connect as dial, type Socket } from "node:net";
import postgres from "postgres";
import { ConnectionError, leavesConnectionWhole } from "./failures.ts";

/**
 * A statement as the driver makes it: who sends it, once it is awaited, and whom it tells. (The driver's types do not name
 * them; it is pinned to a version, and `tests/adapters/postgres/database_test.ts` stands on them.)
 */
export type Statement = Promise<unknown> & {
  handler: (statement: Statement) => void;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

type Options = postgres.Options<Record<string, postgres.PostgresType>>;

/**
 * What is asked first on a new connection: whether it reads and writes moments as this code does. A pooler in between may not
 * pass on what was asked for.
 */
export const FIRST_QUESTION =
  "select current_setting('TimeZone') as zone, current_setting('DateStyle') as style";

/** In milliseconds: the time that a connection lives, for behind its name there may be another server by then. */
const LIFETIME = { least: 30 * 60_000, random: 30 * 60_000 };

/**
 * One connection, for one statement at a time. Two faults of the driver (postgres 3.4.9) ask for that. What is sent on a
 * connection that has closed, such as the rollback that its `begin` sends by itself, throws where nobody can catch it, and
 * ends the process; so after the first sign of an end nothing is sent any more. And a statement that is sent behind another,
 * before that one is answered, is lost in a transaction pooler, without an error.
 */
export class ExclusiveClient {
  #driver: postgres.Sql;
  #socket: Socket | null = null;
  #lost: unknown = null;
  #isBusy = false;
  #until = performance.now() + LIFETIME.least + Math.random() * LIFETIME.random;
  /** Never resolves; rejects once the connection is unusable. */
  readonly broken: Promise<never>;
  #break: (reason: unknown) => void;

  /** Connects when it is asked to `prove` itself. */
  constructor(databaseUrl: string, options: Options) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    [this.broken, this.#break] = [promise, reject];
    this.#driver = postgres(databaseUrl, {
      ...options,
      max: 1,
      // Below, so that none of them ends a connection between two statements of a transaction.
      idle_timeout: 0,
      max_lifetime: 0,
      connect_timeout: 0,
      // Types are known (`arrays.ts`); else the driver asks by itself, and does not look at what becomes of that.
      fetch_types: false,
      socket: ({ host: [host], port: [port], path }: { host: string[]; port: number[]; path?: string }) =>
        this.#dial(path ? { path } : { host, port }),
      onclose: () =>
        this.discard(new ConnectionError("CONNECTION_CLOSED", "The database closed the connection.")),
    } as Options);
  }

  /** Connects, and resolves when the server has answered, within so many milliseconds. */
  async prove(timeoutMs: number): Promise<void> {
    const question = this.#driver.unsafe<{ zone: string; style: string }[]>(FIRST_QUESTION);
    (question as unknown as Statement).handler = (statement) => void this.perform(statement, timeoutMs);
    const [session] = await question;
    if (session!.zone === "UTC" && session!.style.startsWith("ISO")) return;
    throw new Error(
      `A session of the database has TimeZone ${session!.zone} and DateStyle ${
        session!.style
      }, although UTC and ISO were ` +
        "asked for. If there is a pooler in between, have it pass on both.",
    );
  }

  /** Whether it may be used again. */
  get isFit(): boolean {
    return this.#lost === null && performance.now() < this.#until;
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /**
   * Sends a statement, which must not be under way yet, and resolves, never rejects, when it is answered or so many
   * milliseconds have passed. `onFailure` is told of an error before the statement's own listeners are.
   */
  perform(statement: Statement, timeoutMs: number, onFailure?: (error: unknown) => void): Promise<void> {
    const { promise, resolve: free } = Promise.withResolvers<void>();
    const { resolve, reject } = statement;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSettled = false;
    const settle = (error?: unknown) => {
      if (isSettled) return; // the driver tells it once more when its connection is cut
      isSettled = true;
      clearTimeout(timer);
      this.#isBusy = false;
      if (error !== undefined) {
        if (!leavesConnectionWhole(error)) this.discard(error);
        onFailure?.(error);
      }
      free();
    };
    statement.resolve = (result) => {
      settle();
      resolve(result);
    };
    statement.reject = (error) => {
      settle(error);
      reject(error);
    };
    if (this.#lost !== null) {
      statement.reject(this.#lost);
    } else if (this.#isBusy) {
      statement.reject(new Error("Two statements on one connection at the same time."));
    } else {
      this.#isBusy = true;
      if (timeoutMs < Infinity) {
        timer = setTimeout(
          () =>
            statement.reject(
              new ConnectionError(
                "CONNECTION_TIMEOUT",
                `The database did not respond within ${timeoutMs / 1000} s.`,
              ),
            ),
          timeoutMs,
        );
      }
      handlerOf(this.#driver)(statement);
    }
    return promise;
  }

  /** Cuts the connection at once; nothing more is sent on it. */
  discard(reason: unknown): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    this.#break(reason);
    this.#driver.end({ timeout: 0 });
    this.#socket?.destroy();
  }

  /** Takes leave of the server, where it still listens. */
  async close(): Promise<void> {
    if (this.#lost !== null) return;
    this.#lost = new ConnectionError("CONNECTION_ENDED", "The connection was closed.");
    this.#break(this.#lost);
    await this.#driver.end({ timeout: 1 });
    this.#socket?.destroy();
  }

  /** The driver's own way to a connection keeps the socket to itself, which then lives as long as a hanging server likes. */
  #dial(where: { host?: string; port?: number } | { path: string }): Promise<Socket> {
    const socket = dial(where as { path: string });
    this.#socket = socket;
    if (this.#lost !== null) socket.destroy();
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => reject(this.#lost));
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        // What the driver names to the server for TLS.
        resolve(Object.assign(socket, "host" in where ? { host: where.host } : {}));
      });
    });
  }
}

/** What the driver itself would do with a statement that is awaited. */
function handlerOf(driver: postgres.Sql): (statement: Statement) => void {
  return (driver.unsafe("") as unknown as Statement).handler;
}
