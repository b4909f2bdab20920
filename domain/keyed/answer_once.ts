import { DomainError } from "../errors.ts";
import type { KeyedRequest, KeyedRequests } from "./ports.ts";

/**
 * Performs a request once per idempotency key. A use case that accepts keys calls this first in its transaction,
 * before it reads any state. A repeated request gets the first one's result from `recall`, no matter what has
 * happened since. Of two concurrent requests, the second waits for the first. A refused request leaves no trace and
 * may be tried again. Throws DomainError `idempotency_key_reused` if the key was used with a different body.
 */
export async function answerOnce<Answer extends { id: string }>(
  { keyedRequests }: { keyedRequests: KeyedRequests },
  request: KeyedRequest | null,
  { act, recall }: { act(): Promise<Answer>; recall(answerId: string): Promise<Answer> },
): Promise<Answer> {
  if (request === null) return await act();
  const before = await keyedRequests.claim(request);
  if (before === "new") {
    const answer = await act();
    await keyedRequests.keep(request, answer.id);
    return answer;
  }
  if (before.isSame) return await recall(before.answerId);
  throw new DomainError(
    "idempotency_key_reused",
    "This Idempotency-Key was already used with a different body. Send a new key with a new request.",
  );
}
