import assert from "node:assert/strict";
import { shopTest, signUp } from "../support/shop.ts";

shopTest("a profile keeps what the frontend sends, its unchanged address included", async (shop) => {
  const { token } = await signUp(shop);
  const changed = await shop.call("PATCH", "/api/auth/users/me/", {
    token,
    body: {
      first_name: " Augusta ",
      last_name: "King",
      email: "ADA@example.com",
      phone: "+44 1",
      username: "ada",
      role: 1,
    },
  });
  assert.equal(changed.status, 200);
  const { body } = await shop.call("GET", "/api/auth/users/me/", { token });
  assert.equal(body.first_name, "Augusta");
  assert.equal(body.phone, "+44 1");
  assert.equal(body.username, "ada");
  assert.equal(body.role, 4, "a role is not one's own to change");
  const empty = await shop.call("PATCH", "/api/auth/users/me/", { token, body: {} });
  assert.equal(empty.status, 200);
});

shopTest("an address is one account, in whatever case it is written", async (shop) => {
  await signUp(shop, "ada@example.com");
  const again = await shop.call("POST", "/api/auth/users/", {
    body: { email: "Ada@Example.com", password: "correct-horse" },
  });
  assert.equal(again.status, 400);
  assert.equal(again.body.code, "email_taken");
  assert.ok(again.body.errors.email);
  const signIn = await shop.call("POST", "/api/auth/token/", {
    body: { email: " ADA@example.com ", password: "correct-horse" },
  });
  assert.equal(signIn.status, 200);
});

shopTest("a wrong password and an unknown address are refused alike", async (shop) => {
  await signUp(shop);
  const answers = [];
  for (const email of ["ada@example.com", "nobody@example.com"]) {
    const { status, body } = await shop.call("POST", "/api/auth/token/", {
      body: { email, password: "wrong" },
    });
    answers.push({ status, code: body.code, detail: body.detail });
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.equal(answers[0]!.status, 401);
  assert.equal(answers[0]!.detail, "No active account found with the given credentials");
});

shopTest("a refresh token works repeatedly and at once, until its session is revoked", async (shop) => {
  const { refresh, token } = await signUp(shop);
  const use = () => shop.call("POST", "/api/auth/token/refresh/", { body: { refresh } });
  const answers = await Promise.all([use(), use(), use()]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  const fresh = await shop.call("GET", "/api/auth/users/me/", { token: answers[0]!.body.access });
  assert.equal(fresh.status, 200);
  const crossed = await shop.call("GET", "/api/auth/users/me/", { token: refresh });
  assert.equal(crossed.status, 401, "a refresh token is no access token");
  const mixed = await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh: token } });
  assert.equal(mixed.status, 401, "an access token is no refresh token");
  await shop.sql`update sessions set revoked_at = now()`;
  assert.equal((await use()).status, 401);
});

shopTest("a verification link that was altered says that it does not work", async (shop) => {
  const page = await shop.call("GET", "/api/auth/verify-email/?token=forged");
  assert.equal(page.status, 400);
  assert.match(page.body, /This link does not work/);
});

shopTest("nothing of a password or token comes into the log", async (shop) => {
  const { token, refresh } = await signUp(shop);
  await shop.call("GET", "/api/auth/users/me/", { token });
  const log = shop.logged.join("\n");
  assert.ok(log.includes("/api/auth/users/me/"));
  for (const secret of ["correct-horse", token, refresh]) assert.ok(!log.includes(secret));
});
