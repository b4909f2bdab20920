import assert from "node:assert/strict";
import { inBatches } from "../../adapters/postgres/batches.ts";

Deno.test("saves what comes while a batch is under way in the next one, and tells each how its own went", async () => {
  const batches: number[][] = [];
  const fails = new Set([2]);
  const saving: (() => void)[] = [];
  const save = inBatches<number>(async (items) => {
    batches.push(items);
    await new Promise<void>((resolve) => saving.push(resolve));
    if (items.some((item) => fails.has(item))) throw new Error(`not ${items}`);
  });
  const finish = async () => {
    while (saving.length === 0) await Promise.resolve();
    saving.shift()!();
  };

  const first = save(1);
  await Promise.resolve().then(() => {}).then(() => {});
  const second = save(2);
  const third = save(3);
  await finish();
  await first;
  await finish();
  await assert.rejects(second, /not 2,3/);
  await assert.rejects(third, /not 2,3/);

  const fourth = save(4);
  await finish();
  await fourth;
  assert.deepEqual(batches, [[1], [2, 3], [4]]);
});
