import postgres from "postgres";

/** The database did not answer in time, or hung up. `code` is of the driver's kind. */
export class ConnectionError extends Error {
  constructor(readonly code: `CONNECT${string}`, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Whether an error says that the database could not be reached, hung up or is too busy, rather than that a statement was
 * wrong.
 */
export function isConnectionFailure(error: unknown): boolean {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : null;
  // The driver's own codes, the operating system's, and PostgreSQL's (appendix A of its manual): classes 08, 53 and 57P, a
  // statement that took too long, a transaction that did nothing for too long, and a server that became a read-only replica.
  return typeof code === "string" &&
    /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_|08|53|57P|57014|25P03|25006)/
      .test(code);
}

/** Whether a connection is as good as before, after a statement on it had this error. */
export function leavesConnectionWhole(error: unknown): boolean {
  // Anything else than the server's own answer comes from the driver, in the middle of a conversation that goes on.
  return error instanceof postgres.PostgresError && error.severity === "ERROR" &&
    (error.code === "57014" || !isConnectionFailure(error));
}
