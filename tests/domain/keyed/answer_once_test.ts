import assert from "node:assert/strict";
import { answerOnce } from "../../../domain/keyed/answer_once.ts";
import type { KeyedRequest, KeyedRequests } from "../../../domain/keyed/ports.ts";

const asked = (changes: Partial<KeyedRequest> = {}): KeyedRequest => ({
  callerId: "ada",
  operation: "refund",
  target: "order-1",
  key: "key",
  content: "all",
  ...changes,
});

/** Keys in memory, and how often the effect was had. */
function shop() {
  const kept = new Map<string, { content: string; answerId: string }>();
  const nameOf = ({ content: _, ...name }: KeyedRequest) => JSON.stringify(name);
  const keyedRequests: KeyedRequests = {
    claim(request) {
      const before = kept.get(nameOf(request));
      if (!before) return Promise.resolve("new" as const);
      return Promise.resolve({ answerId: before.answerId, isSame: before.content === request.content });
    },
    keep(request, answerId) {
      kept.set(nameOf(request), { content: request.content, answerId });
      return Promise.resolve();
    },
  };
  let effects = 0;
  const ask = (request: KeyedRequest | null, act = () => Promise.resolve({ id: `answer-${++effects}` })) =>
    answerOnce({ keyedRequests }, request, { act, recall: (id) => Promise.resolve({ id }) });
  return { ask, effects: () => effects };
}

Deno.test("the same request with the same key gets the first result, and has one effect", async () => {
  const { ask, effects } = shop();
  assert.deepEqual([await ask(asked()), await ask(asked())], [{ id: "answer-1" }, { id: "answer-1" }]);
  assert.equal(effects(), 1);
});

Deno.test("a key with different content is refused, without effect", async () => {
  const { ask, effects } = shop();
  await ask(asked());
  await assert.rejects(ask(asked({ content: "a line" })), { code: "idempotency_key_reused" });
  assert.equal(effects(), 1);
});

for (
  const changes of [{ callerId: "bob" }, { operation: "other" }, { target: "order-2" }, { key: "other" }]
) {
  Deno.test(`a different ${Object.keys(changes)} alone makes a different request`, async () => {
    const { ask } = shop();
    await ask(asked());
    assert.deepEqual(await ask(asked(changes)), { id: "answer-2" });
  });
}

Deno.test("a refused request may be retried with its key", async () => {
  const { ask } = shop();
  await assert.rejects(ask(asked(), () => Promise.reject(new Error("refused"))));
  assert.deepEqual(await ask(asked()), { id: "answer-1" });
});

Deno.test("requests without a key are each performed", async () => {
  const { ask } = shop();
  assert.deepEqual([await ask(null), await ask(null)], [{ id: "answer-1" }, { id: "answer-2" }]);
});
