import { DomainError } from "../errors.ts";
import type { KeyedRequest, KeyedRequests } from "./ports.ts";

/**
 * Does what a request asks for, once per idempotency key: the first thing in the transaction of a use case that takes keys,
 * before any state is looked at. The same request again is answered by `recall`, with what the first one was answered, whatever
 * has happened since; of two at once, the second waits for the first. A request that was refused leaves no trace, so that it
 * may be tried again. Throws DomainError `idempotency_key_reused` for a key that came with another content.
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
