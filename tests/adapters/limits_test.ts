import assert from "node:assert/strict";
import { memoryCounter } from "../../adapters/rate_limiter/memory_counter.ts";
import { postgresLimits, purgeLimits } from "../../adapters/rate_limiter/limits.ts";
import { zxcvbnPasswordStrength } from "../../adapters/zxcvbn/password_strength.ts";
import { countsTries, limits } from "../support/tries.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest(
  "attempts are counted in the database, even concurrent ones, under keys that identify nobody",
  async ({ sql }) => {
    const counters = postgresLimits(sql, limits);
    await countsTries(counters);
    const rows = await sql<{ key: string }[]>`select key from rate_limits`;
    assert.ok(rows.length >= 2);
    assert.doesNotMatch(JSON.stringify(rows.map(({ key }) => key)), /@/);
    await purgeLimits(sql, new Date());
    assert.equal((await sql`select key from rate_limits`).length, rows.length);
    await purgeLimits(sql, new Date(Date.now() + 3600_000));
    assert.equal((await sql`select key from rate_limits`).length, 0);
  },
);

databaseTest(
  "all addresses of an IPv6 network count as one, but IPv4 addresses count separately",
  async ({ sql }) => {
    const counters = postgresLimits(sql, { ...limits, link_of_address: { tries: 1, seconds: 60 } });
    const from = (of: string) =>
      counters.count({ limit: "link_of_address", of }).then(() => true, () => false);
    assert.equal(await from("2001:db8:1:2::1"), true);
    assert.equal(await from("2001:db8:1:2:ffff::7"), false);
    assert.equal(await from("2001:db8:1:3::1"), true);
    assert.equal(await from("192.0.2.1"), true);
    assert.equal(await from("::ffff:192.0.2.1"), false, "the same address in other words");
    assert.equal(await from("192.0.2.2"), true);
    assert.equal(await from("2001:db8:1:4::1"), true);
    assert.equal(await from("2001:db8:1:5::1"), false, "a /48 has four times as many tries");
    assert.equal(await from("2001:db8:2:5::1"), true);
  },
);

databaseTest(
  "a counted attempt can be taken back, and frequent calls are counted in memory",
  async ({ sql }) => {
    const counters = postgresLimits(sql, {
      ...limits,
      unverified_of_address: { tries: 1, seconds: 60 },
      write_of_account: { tries: 2, seconds: 60 },
    });
    const newcomer = { limit: "unverified_of_address", of: "192.0.2.1" } as const;
    await counters.giveBack(newcomer);
    await counters.count(newcomer);
    await assert.rejects(counters.count(newcomer), { code: "too_many_requests" });
    await counters.giveBack(newcomer);
    await counters.giveBack(newcomer);
    await counters.giveBack(newcomer);
    await counters.count(newcomer);
    await assert.rejects(counters.check(newcomer), { code: "too_many_requests" });
    await sql`delete from rate_limits`;
    const writer = { limit: "write_of_account", of: "ada" } as const;
    await counters.count(writer);
    await counters.count(writer);
    await assert.rejects(counters.count(writer), { code: "too_many_requests" });
    assert.equal((await sql`select from rate_limits`).length, 0);
  },
);

Deno.test("a counter in memory restarts when its window has ended", async () => {
  let now = 0;
  const counter = memoryCounter({ points: 1, duration: 60 }, () => now);
  await counter.consume("ada");
  await assert.rejects(counter.consume("ada"), { msBeforeNext: 60_000, consumedPoints: 2 });
  await counter.reward("ada");
  assert.equal((await counter.get("ada"))!.consumedPoints, 1);
  now = 30_000;
  await counter.consume("eve");
  now = 60_000;
  assert.equal(await counter.get("ada"), null);
  await counter.consume("ada");
  await assert.rejects(counter.consume("eve"), { msBeforeNext: 30_000 }, "hers goes on");
});

Deno.test("a password is guessable if it is common, a keyboard row, a repetition or a slight variation of one", async () => {
  const { isGuessable } = zxcvbnPasswordStrength();
  for (
    const password of [
      "password",
      "Passw0rd!",
      "qwertyuiop",
      "abababababab",
      "letmein123",
      "11111111",
      "11tutors",
      "пароль123",
    ]
  ) {
    assert.equal(await isGuessable(password), true, password);
  }
  for (const password of ["correct-horse", "learn-with-11", "three-odd-words", "x7#Kq!29".repeat(16)]) {
    assert.equal(await isGuessable(password), false, password);
  }
});
