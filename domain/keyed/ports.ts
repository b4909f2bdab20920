/**
 * A request with an idempotency key. Keys of different callers, operations or targets are unrelated. `content`:
 * everything that was requested, in a canonical form.
 */
export type KeyedRequest = {
  callerId: string;
  operation: string;
  /** The target of the request, as named in the path. */
  target: string;
  key: string;
  content: string;
};

/** To be used in a transaction. */
export interface KeyedRequests {
  /**
   * Claims the key until the transaction ends, after waiting for any transaction that has it. A failed transaction
   * releases the key. If an earlier request used it, returns the result of that request, and whether it had the same
   * content.
   */
  claim(request: KeyedRequest): Promise<"new" | { answerId: string; isSame: boolean }>;
  /** Stores the id of the request's result under the claimed key. */
  keep(request: KeyedRequest, answerId: string): Promise<void>;
}
