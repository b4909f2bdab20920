import assert from "node:assert/strict";
import { sharedAnswers } from "../../../routes/http/shared_answers.ts";

/** Makers of answers that are numbered by when they were begun, and end when told to. */
function kitchen() {
  const begun: { end(): void; fail(): void }[] = [];
  const make = () =>
    new Promise<number>((resolve, reject) => {
      const number = begun.length + 1;
      begun.push({ end: () => resolve(number), fail: () => reject(new Error(`not ${number}`)) });
    });
  const untilBegun = async (count: number) => {
    while (begun.length < count) await Promise.resolve();
  };
  return { begun, make, untilBegun };
}

Deno.test("requests during the building of a response share one that is started afterwards", async () => {
  const { begun, make, untilBegun } = kitchen();
  const answer = sharedAnswers<number>();
  const first = answer("list", make);
  const second = answer("list", make);
  const third = answer("list", make);
  assert.equal(begun.length, 1, "nothing more is begun while one is under way");
  begun[0]!.end();
  await untilBegun(2);
  const fourth = answer("list", make);
  begun[1]!.end();
  await untilBegun(3);
  begun[2]!.end();
  assert.deepEqual(await Promise.all([first, second, third, fourth]), [1, 2, 2, 3]);

  const later = answer("list", make);
  begun[3]!.end();
  assert.equal(await later, 4, "who asks when nobody else does waits for nobody");
});

Deno.test("a failure is returned to those who share it, and later requests start again; others do not wait", async () => {
  const { begun, make, untilBegun } = kitchen();
  const answer = sharedAnswers<number>();
  const first = answer("list", make);
  const second = answer("list", make);
  const other = answer("detail", make);
  begun[1]!.end();
  assert.equal(await other, 2);
  begun[0]!.fail();
  await assert.rejects(first, /not 1/);
  await untilBegun(3);
  begun[2]!.end();
  assert.equal(await second, 3);
});
