import assert from "node:assert/strict";
import { fairTurns } from "../../adapters/turns.ts";

const codeOf = (error: unknown) => (error as { code?: string }).code;

Deno.test("one piece of work runs at a time, and senders take turns", async () => {
  const turns = fairTurns({ each: 9, all: 99, detail: "Not now." });
  const done: string[] = [];
  let atWork = 0;
  const send = (id: string, what: string) =>
    turns.take({ id }, async () => {
      assert.equal(++atWork, 1);
      await Promise.resolve();
      atWork--;
      done.push(what);
    });
  await Promise.all([
    ...["a1", "a2", "a3", "a4"].map((what) => send("ada", what)),
    ...["b1", "b2"].map((what) => send("bob", what)),
    send("eve", "e1"),
  ]);
  assert.deepEqual(done, ["a1", "a2", "b1", "e1", "a3", "b2", "a4"]);
});

Deno.test("the queue is bounded per sender and in total; finished and failed work makes room", async () => {
  const turns = fairTurns({ each: 2, all: 3, detail: "Not now." });
  const finish: (() => void)[] = [];
  const send = (id: string) => turns.take({ id }, () => new Promise<void>((resolve) => finish.push(resolve)));
  const first = [send("ada"), send("ada"), send("bob")];
  await assert.rejects(send("ada"), (error) => codeOf(error) === "too_many_requests");
  await assert.rejects(send("eve"), (error) => codeOf(error) === "vendor_unavailable");
  for (let at = 0; at < 3; at++) {
    while (finish.length <= at) await Promise.resolve();
    finish[at]!();
  }
  await Promise.all(first);
  const fault = new Error("broken");
  await assert.rejects(turns.take({ id: "ada" }, () => Promise.reject(fault)), fault);
  await assert.rejects(
    turns.take({ id: "ada" }, () => {
      throw fault;
    }),
    fault,
  );
  assert.equal(await turns.take({ id: "ada" }, () => Promise.resolve(1)), 1);
});

Deno.test("work of disconnected senders is skipped", async () => {
  const turns = fairTurns({ each: 9, all: 9, detail: "Not now." });
  const gone = turns.take({ id: "ada", isGone: () => true }, () => assert.fail("this was done"));
  await assert.rejects(gone, /Not now/);
  assert.equal(await turns.take({ id: "ada" }, () => Promise.resolve(1)), 1);
});
