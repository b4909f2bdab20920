import postgres from "postgres";

/** The database did not respond in time, or closed the connection. `code` is like the driver's codes. */
export class ConnectionError extends Error {
  constructor(readonly code: `CONNECT${string}`, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Returns whether an error means that the database is unreachable, closed the connection or is too busy, rather than
 * that a statement was wrong.
 */
export function isConnectionFailure(error: unknown): boolean {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : null;
  // The driver's own codes, the operating system's, and PostgreSQL's (appendix A of its manual): classes 08, 53 and
  // 57P, a statement timeout, an idle-in-transaction timeout, and a server that became a read-only replica.
  return typeof code === "string" &&
    /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_|08|53|57P|57014|25P03|25006)/
      .test(code);
}

/** Returns whether a connection is still usable after a statement on it failed with this error. */
export function leavesConnectionWhole(error: unknown): boolean {
  // Any error that is not the server's own comes from the driver, in the middle of an ongoing exchange.
  return error instanceof postgres.PostgresError && error.severity === "ERROR" &&
    (error.code === "57014" || !isConnectionFailure(error));
}
