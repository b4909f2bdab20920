import assert from "node:assert/strict";
import { hasRedis, startRedis } from "../support/daemons.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { addCourse, PASSWORD, shopTest } from "../support/shop.ts";
import { oneEngine } from "../support/test_database.ts";
import { signUpAs } from "../support/tutors.ts";

/** What anybody waits at the most, on a busy machine. */
const LONGEST_MS = 3000;
const port = freePort();

shopTest(
  "Redis away, frozen, emptied or restarted under load signs nobody in or out, and keeps nobody waiting",
  async (shop) => {
    const course = await addCourse(shop.sql);
    await using parts = new AsyncDisposableStack();
    const tutor = await signUpAs(shop, "tutor");
    const email = "second@example.com";
    await shop.call("POST", "/api/auth/users/", {
      body: { first_name: "Ada", last_name: "Lovelace", email, password: PASSWORD },
    });
    const redis = await startRedis(port); // the shop was there before
    parts.defer(() => redis.stop());

    const timed = async (expected: number, ...[method, path, options]: Parameters<typeof shop.call>) => {
      const began = performance.now();
      const answer = await shop.call(method, path, options);
      const took = performance.now() - began;
      assert.equal(answer.status, expected, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      assert.ok(took < LONGEST_MS, `${method} ${path}: ${took} ms`);
      return answer;
    };
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const { body } = await timed(200, "GET", "/api/auth/users/me/", { token: tutor.token });
        assert.equal(body.id, tutor.id);
        await timed(200, "GET", `/api/courses/courses/${course.slug}/`);
      }
    });
    parts.defer(async () => {
      isOver = true;
      await Promise.all(load);
    });

    const states: [name: string, begin: () => unknown][] = [
      ["there", () => {}],
      ["frozen", () => redis.freeze()],
      ["thawed", () => redis.thaw()],
      ["emptied", () => emptied()],
      ["stopped", () => redis.kill()],
      ["restarted", () => redis.start()],
    ];
    for (const [name, begin] of states) {
      await begin();
      const me = "/api/auth/users/me/";
      const { body: tokens } = await timed(200, "POST", "/api/auth/token/", {
        body: { email, password: PASSWORD },
      });
      await timed(200, "GET", me, { token: tokens.access });
      await shop.sql`update users set role = 2 where email = ${email}`;
      const mine = "/api/courses/courses/";
      await timed(201, "POST", mine, {
        token: tokens.access,
        body: { title: `While ${name}`, description: "-", price: "1.00" },
      });
      await shop.sql`update users set role = 3 where email = ${email}`;
      await timed(403, "POST", mine, {
        token: tokens.access,
        body: { title: `After ${name}`, description: "-", price: "1.00" },
      });
      await timed(401, "POST", "/api/auth/token/", { body: { email, password: "wrong-password-1" } });
      await shop
        .sql`update sessions s set revoked_at = now() from users u where u.id = s.user_id and u.email = ${email}`;
      await timed(401, "GET", "/api/auth/sessions/", { token: tokens.access });
    }
    assert.ok(shop.logged.some((line) => line.includes("Redis is away")));
  },
  { on: hasRedis ? oneEngine : [], environment: { REDIS_URL: `redis://127.0.0.1:${port}` }, isUntidy: true },
);

/** Empties Redis. */
async function emptied(): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode("FLUSHALL\r\n"));
  const answer = new Uint8Array(16);
  const length = await connection.read(answer);
  assert.equal(new TextDecoder().decode(answer.subarray(0, length ?? 0)), "+OK\r\n");
}
