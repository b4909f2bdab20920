import assert from "node:assert/strict";
import { DomainError } from "../../../domain/errors.ts";
import type { Tries } from "../../../domain/limits/ports.ts";
import { countGuesses } from "../../../domain/promotions/count_guesses.ts";

const refused = () =>
  Promise.reject(
    new DomainError("invalid_input", "There is no such code.", { fields: { promotion_code: ["No."] } }),
  );

/** Counters that allow so many bad codes of each. */
function countersOf(most: number) {
  const counted = new Map<string, number>();
  const key = ({ limit, of }: Tries) => `${limit} ${of}`;
  const full = (tries: Tries) => (counted.get(key(tries)) ?? 0) >= most;
  const refuse = () => Promise.reject(new DomainError("too_many_requests", "Wait."));
  return {
    counted,
    limits: {
      check: (...all: Tries[]) => all.some(full) ? refuse() : Promise.resolve(),
      count(...all: Tries[]) {
        for (const tries of all) counted.set(key(tries), (counted.get(key(tries)) ?? 0) + 1);
        return Promise.resolve();
      },
      giveBack: () => Promise.resolve(),
      clear: () => Promise.resolve(),
    },
  };
}

const wish = { studentId: "ada", ipAddress: "192.0.2.1", promotionCode: "GUESS" };

Deno.test("refused codes are counted per user and IP address, and then even a valid one has to wait", async () => {
  const counters = countersOf(2);
  for (let n = 0; n < 2; n++) {
    await assert.rejects(countGuesses(counters, wish, refused), { code: "invalid_input" });
  }
  assert.deepEqual([...counters.counted], [
    ["code_of_account ada", 2],
    ["code_of_address 192.0.2.1", 2],
  ]);
  const good = () => Promise.resolve("cheap");
  await assert.rejects(countGuesses(counters, wish, good), { code: "too_many_requests" });
  assert.equal(
    await countGuesses(counters, { ...wish, promotionCode: null }, good),
    "cheap",
    "without a code",
  );
  const eve = { ...wish, studentId: "eve" };
  await assert.rejects(countGuesses(counters, eve, good), { code: "too_many_requests" }, "from there");
  assert.equal(await countGuesses(counters, { ...eve, ipAddress: "192.0.2.2" }, good), "cheap");
});

Deno.test("valid codes and other refusals do not count", async () => {
  const counters = countersOf(1);
  for (let n = 0; n < 3; n++) await countGuesses(counters, wish, () => Promise.resolve("cheap"));
  const owned = () => Promise.reject(new DomainError("already_enrolled", "You have it."));
  await assert.rejects(countGuesses(counters, wish, owned), { code: "already_enrolled" });
  assert.equal(counters.counted.size, 0);
});

Deno.test("many concurrent guesses do not reveal the valid one, if nothing is stored", async () => {
  const counters = countersOf(2);
  const later = async (work: () => Promise<string>) => {
    await Promise.resolve();
    return await work();
  };
  const guesses = Array.from({ length: 4 }, () => countGuesses(counters, wish, () => later(refused)));
  const good = countGuesses(counters, wish, async () => {
    await Promise.allSettled(guesses);
    return "cheap";
  }, { isHarmless: true });
  await Promise.allSettled(guesses);
  await assert.rejects(good, { code: "too_many_requests" });
});
