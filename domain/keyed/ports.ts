/**
 * A request with an idempotency key, as it was sent: keys of two callers, of two operations, or of one operation for two
 * things have nothing to do with each other. `content`: all that was asked, always written alike.
 */
export type KeyedRequest = {
  callerId: string;
  operation: string;
  /** What it is for, as the path names it. */
  target: string;
  key: string;
  content: string;
};

/** To be used in a transaction. */
export interface KeyedRequests {
  /**
   * Takes the key until the transaction ends, after waiting for one that has it; given back when the transaction fails. Else what
   * was answered to the request that had it, and whether that had the same content.
   */
  claim(request: KeyedRequest): Promise<"new" | { answerId: string; isSame: boolean }>;
  /** Keeps what the request was answered with, by its id, under the key that was claimed. */
  keep(request: KeyedRequest, answerId: string): Promise<void>;
}
