import { connect as dial, type Socket } from "node:net";
import postgres from "postgres";
import { ConnectionError, leavesConnectionWhole } from "./failures.ts";

/**
 * A statement of the driver, with the handler that sends it once it is awaited, and its listeners. (The driver's
 * types lack these members; its version is pinned, and `tests/adapters/postgres/database_test.ts` depends on them.)
 */
export type Statement = Promise<unknown> & {
  handler: (statement: Statement) => void;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

type Options = postgres.Options<Record<string, postgres.PostgresType>>;

/**
 * The first query on a new connection: it checks that timestamps are read and written as this code expects, because a
 * pooler in between may not pass on the requested settings.
 */
export const FIRST_QUESTION =
  "select current_setting('TimeZone') as zone, current_setting('DateStyle') as style";

/** The lifetime of a connection in milliseconds, because its host name may lead to another server after a while. */
const LIFETIME = { least: 30 * 60_000, random: 30 * 60_000 };

/**
 * One connection, for one statement at a time. Two bugs of the driver (postgres 3.4.9) require that. A statement sent
 * on a closed connection, such as the rollback that its `begin` sends by itself, throws where nobody can catch it,
 * and ends the process; so nothing is sent after the first sign of a closed connection. And a statement sent before
 * the previous one has finished is lost in a transaction pooler, without an error.
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

  /** Does not connect yet: `prove` does. */
  constructor(databaseUrl: string, options: Options) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    [this.broken, this.#break] = [promise, reject];
    this.#driver = postgres(databaseUrl, {
      ...options,
      max: 1,
      // Handled below, so that none of them closes a connection between two statements of a transaction.
      idle_timeout: 0,
      max_lifetime: 0,
      connect_timeout: 0,
      // Types are known (`arrays.ts`). Otherwise the driver would query them by itself, and ignore errors.
      fetch_types: false,
      socket: ({ host: [host], port: [port], path }: { host: string[]; port: number[]; path?: string }) =>
        this.#dial(path ? { path } : { host, port }),
      onclose: () =>
        this.discard(new ConnectionError("CONNECTION_CLOSED", "The database closed the connection.")),
    } as Options);
  }

  /** Connects, and resolves when the server has responded. Rejects after `timeoutMs` milliseconds. */
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

  /** Whether the connection may be used again. */
  get isFit(): boolean {
    return this.#lost === null && performance.now() < this.#until;
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /**
   * Sends a statement that has not been sent before. Resolves, and never rejects, when it has finished or the given
   * milliseconds have passed. `onFailure` is called with an error before the statement's own listeners are.
   */
  perform(statement: Statement, timeoutMs: number, onFailure?: (error: unknown) => void): Promise<void> {
    const { promise, resolve: free } = Promise.withResolvers<void>();
    const { resolve, reject } = statement;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSettled = false;
    const settle = (error?: unknown) => {
      if (isSettled) return; // the driver reports it again when its connection is cut
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

  /** Cuts the connection at once. Nothing more is sent on it. */
  discard(reason: unknown): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    this.#break(reason);
    this.#driver.end({ timeout: 0 });
    this.#socket?.destroy();
  }

  /** Closes the connection cleanly, if the server still responds. */
  async close(): Promise<void> {
    if (this.#lost !== null) return;
    this.#lost = new ConnectionError("CONNECTION_ENDED", "The connection was closed.");
    this.#break(this.#lost);
    await this.#driver.end({ timeout: 1 });
    this.#socket?.destroy();
  }

  /**
   * Opens the socket. The driver would keep its own socket private, and a hanging server could then keep it open
   * forever.
   */
  #dial(where: { host?: string; port?: number } | { path: string }): Promise<Socket> {
    const socket = dial(where as { path: string });
    this.#socket = socket;
    if (this.#lost !== null) socket.destroy();
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => reject(this.#lost));
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        // The driver reads these for TLS.
        resolve(Object.assign(socket, "host" in where ? { host: where.host } : {}));
      });
    });
  }
}

/** Returns the driver's own handler of awaited statements. */
function handlerOf(driver: postgres.Sql): (statement: Statement) => void {
  return (driver.unsafe("") as unknown as Statement).handler;
}
