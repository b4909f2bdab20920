import assert from "node:assert/strict";
import { linkTo, mailsTo } from "../../support/mailbox.ts";
import { addCourse, PASSWORD, shopTest, signUp, type TestShop } from "../../support/shop.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
  "Version/17.5 Mobile/15E148 Safari/604.1";

const signIn = (shop: TestShop, email: string, password = PASSWORD) =>
  shop.call("POST", "/api/auth/token/", { body: { email, password } });

/** Signs in as a browser would. */
async function signInWith(shop: TestShop, userAgent: string, email = "ada@example.com") {
  const response = await shop.fetch(`${shop.api}/api/auth/token/`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": userAgent },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  return await response.json() as { access: string; refresh: string };
}

shopTest("a profile stores what the frontend sends, including the unchanged address", async (shop) => {
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
      is_staff: true,
      unknown: { nested: true },
    },
  });
  assert.equal(changed.status, 200);
  const { body } = await shop.call("GET", "/api/auth/users/me/", { token });
  assert.equal(body.first_name, "Augusta");
  assert.equal(body.phone, "+44 1");
  assert.equal(body.username, "ada");
  assert.equal(body.role, 4, "a role is not one's own to change");
  assert.equal(body.pending_email, null);
  const blank = { first_name: "", last_name: "", email: "ada@example.com", phone: "", username: "" };
  for (const body of [blank, blank, {}]) {
    assert.equal((await shop.call("PATCH", "/api/auth/users/me/", { token, body })).status, 200);
  }
});

shopTest("a profile field that is too long, null or of another type is refused by name", async (shop) => {
  const { token } = await signUp(shop);
  for (
    const [body, field] of [
      [{ first_name: "x".repeat(151) }, "first_name"],
      [{ phone: null }, "phone"],
      [{ username: 7 }, "username"],
      [{ language: "de" }, "language"],
      [{ email: "nobody" }, "email"],
      [[], "body"],
    ] as const
  ) {
    const refused = await shop.call("PATCH", "/api/auth/users/me/", { token, body });
    assert.equal(refused.status, 400);
    assert.ok(refused.body.errors[field], `${field} in ${JSON.stringify(refused.body)}`);
  }
});

shopTest("an e-mail address is one account, regardless of case", async (shop) => {
  await signUp(shop, "ada@example.com");
  const again = await shop.call("POST", "/api/auth/users/", {
    body: { email: "Ada@Example.com", password: PASSWORD },
  });
  assert.equal(again.status, 400);
  assert.equal(again.body.code, "email_taken");
  assert.ok(again.body.errors.email);
  assert.equal((await signIn(shop, " ADA@example.com ")).status, 200);
});

shopTest(
  "an account's password must not be common or its address, and the refusal gives advice",
  async (shop) => {
    for (const password of ["12345678", "Passw0rd!", "qwertyuiop", "aaaaaaaaaaaa", "ada.lovelace-1815"]) {
      const body = { email: "ada.lovelace@example.com", password };
      const refused = await shop.call("POST", "/api/auth/tutors/", { body });
      assert.equal(refused.status, 400, password);
      assert.match(refused.body.errors.password[0], /Use /);
    }
    const tutor = await shop.call("POST", "/api/auth/tutors/", {
      body: { first_name: "Ада", last_name: "Ло́влейс", email: "ada@example.com", password: PASSWORD },
    });
    assert.equal(tutor.status, 201);
    assert.deepEqual([tutor.body.role, tutor.body.first_name], [2, "Ада"]);
  },
);

shopTest(
  "a wrong password, an unknown address and an account without a usable hash are refused alike",
  async (shop) => {
    await signUp(shop);
    const answers = [];
    for (const email of ["ada@example.com", "nobody@example.com"]) {
      const { status, body } = await signIn(shop, email, "wrong");
      answers.push({ status, code: body.code, detail: body.detail });
    }
    for (const [n, hash] of ["", "wrong", `!${"x".repeat(40)}`, "pbkdf2_sha256$looks$like$one"].entries()) {
      const email = `bob${n}@example.com`;
      await shop.sql`insert into users (email, password_hash, role) values (${email}, ${hash}, 3)`;
      const { status, body } = await signIn(shop, email, "wrong");
      answers.push({ status, code: body.code, detail: body.detail });
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0]!.status, 401);
    assert.equal(answers[0]!.detail, "No active account found with the given credentials");
  },
);

shopTest("a refresh token works repeatedly and concurrently, until its session is revoked", async (shop) => {
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

shopTest("a password from the old database signs in and is hashed again", async (shop) => {
  await signUp(shop);
  // PBKDF2PasswordHasher().encode("correct-horse", "NaCl", 1000)
  const old = "pbkdf2_sha256$1000$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=";
  await shop.sql`update users set password_hash = ${old}`;
  assert.equal((await signIn(shop, "ada@example.com", "wrong")).status, 401);
  assert.equal((await signIn(shop, "ada@example.com")).status, 200);
  const [{ hash }] = await shop.sql`select password_hash as hash from users` as unknown as [{ hash: string }];
  assert.match(hash, /^\$argon2id\$/);
  assert.equal((await signIn(shop, "ada@example.com")).status, 200);
});

shopTest("wrong passwords are limited per account, and a correct one does not count", async (shop) => {
  await signUp(shop);
  for (let n = 0; n < 12; n++) assert.equal((await signIn(shop, "ada@example.com")).status, 200);
  const wrong = await Promise.all(Array.from({ length: 12 }, () => signIn(shop, "ada@example.com", "wrong")));
  const statuses = wrong.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429], "also when they come together");
  const locked = await signIn(shop, "ada@example.com");
  assert.equal(locked.status, 429);
  assert.equal(locked.body.code, "too_many_requests");
  const wait = Number(locked.headers.get("retry-after"));
  assert.ok(wait > 800 && wait <= 900);
  assert.equal(locked.headers.get("ratelimit"), `"sign_in_of_account";r=0;t=${wait}`);
  assert.equal(locked.headers.get("ratelimit-policy"), '"sign_in_of_account";q=10;w=900');
  assert.equal((await signIn(shop, "nobody@example.com", "wrong")).status, 401, "others are not concerned");

  const asked = await shop.call("POST", "/api/auth/password/reset/", { body: { email: "ada@example.com" } });
  assert.equal(asked.status, 202);
  const link = new URL(await linkTo(shop, "ada@example.com", "reset-password"));
  const reset = await shop.call("POST", "/api/auth/password/reset/confirm/", {
    body: { token: link.searchParams.get("token"), password: "three-odd-words" },
  });
  assert.equal(reset.status, 200);
  assert.equal((await signIn(shop, "ada@example.com", "three-odd-words")).status, 200, "the way out");
});

shopTest(
  "guesses from elsewhere do not lock out a user at an IP address where they have signed in before",
  async (shop) => {
    await signUp(shop);
    await signUp(shop, "eve@example.com");
    await shop
      .sql`update sessions s set address = '192.0.2.1' from users u where u.id = s.user_id and u.email <> 'ada@example.com'`;
    for (const email of ["ada@example.com", "eve@example.com"]) {
      await signIn(shop, email, "wrong");
      await signIn(shop, email, "wrong");
    }
    assert.equal((await signIn(shop, "ada@example.com")).status, 200);
    assert.equal((await signIn(shop, "eve@example.com")).status, 429);
  },
  { environment: { RATE_LIMITS: "sign_in_of_account_anywhere=2/60" } },
);

shopTest("registration and mailed links are limited by IP address, as configured", async (shop) => {
  const register = (n: number) =>
    shop.call("POST", "/api/auth/users/", { body: { email: `p${n}@example.com`, password: PASSWORD } });
  assert.equal((await register(1)).status, 201);
  assert.equal((await register(2)).status, 201);
  assert.equal((await register(3)).status, 201);
  assert.equal((await register(4)).status, 429, "until an address is verified");
  const verify = async (n: number) => {
    const link = await linkTo(shop, `p${n}@example.com`, "verify-email");
    const page = await shop.fetch(link, { method: "POST" });
    assert.equal(page.status, 200, await page.text());
  };
  await verify(1);
  assert.equal((await register(5)).status, 201, "for good registrations make room");
  await verify(2);
  for (const expected of [400, 400, 429]) assert.equal((await register(1)).status, expected);
  const ask = (n: number) =>
    shop.call("POST", "/api/auth/password/reset/", { body: { email: `p${n}@example.com` } });
  assert.equal((await ask(1)).status, 202);
  assert.equal((await ask(7)).status, 202, "the same answer for an unknown address");
  assert.equal((await ask(2)).status, 429);
  for (const expected of [400, 400, 429]) {
    assert.equal((await shop.call("GET", "/api/auth/verify-email/?token=forged")).status, expected);
  }
}, {
  environment: {
    RATE_LIMITS:
      "register_of_address=2/60, unverified_of_address=3/60, link_of_address=2/60, follow_of_address=2/60",
  },
});

shopTest(
  "a verification link works once, by its button, and is resent only a few times",
  async (shop) => {
    const { token } = await signUp(shop);
    const link = await linkTo(shop, "ada@example.com", "verify-email");
    for (let scanned = 0; scanned < 2; scanned++) {
      const page = await shop.fetch(link);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /Is ada@example\.com yours\?[\s\S]*<button/);
      assert.match(page.headers.get("content-security-policy")!, /form-action 'self'/);
    }
    const again = await Promise.all(
      Array.from({ length: 6 }, () => shop.call("POST", "/api/auth/verify-email/resend/", { token })),
    );
    assert.deepEqual(again.map(({ status }) => status).sort(), [202, 202, 202, 202, 202, 429]);

    const pressed = await Promise.all([
      shop.fetch(link, { method: "POST" }),
      shop.fetch(link, { method: "POST" }),
    ]);
    assert.deepEqual(pressed.map(({ status }) => status).sort(), [200, 400]);
    for (const page of pressed) await page.text();
    assert.equal((await shop.call("GET", "/api/auth/users/me/", { token })).body.is_email_verified, true);
    const used = await shop.fetch(link);
    assert.equal(used.status, 400);
    assert.match(await used.text(), /already been used/);
    const mails = await mailsTo(shop, "ada@example.com");
    assert.ok(mails.some(({ subject }) => subject.startsWith("Welcome")));
    const needless = await shop.call("POST", "/api/auth/verify-email/resend/", { token });
    assert.equal(needless.status, 202);
  },
);

shopTest(
  "a new address takes effect once its link is followed, and the former one is notified",
  async (shop) => {
    const { token } = await signUp(shop);
    await signUp(shop, "eve@example.com");
    const wish = (email: string, password: string | undefined = PASSWORD) =>
      shop.call("PATCH", "/api/auth/users/me/", { token, body: { email, first_name: "Ada", password } });
    const asked = await wish("Ada@New.Example");
    assert.deepEqual([asked.status, asked.body.email, asked.body.pending_email], [
      200,
      "ada@example.com",
      "ada@new.example",
    ]);
    assert.equal((await mailsTo(shop, "ada@new.example")).length, 1);
    await wish("ada@new.example");
    assert.equal((await mailsTo(shop, "ada@new.example")).length, 2, "who asks again is mailed again");
    const link = await linkTo(shop, "ada@new.example", "confirm-email");
    assert.match(await (await shop.fetch(link)).text(), /ada@new\.example[\s\S]*<button/);
    const confirmed = await shop.fetch(link, { method: "POST" });
    assert.equal(confirmed.status, 200);
    assert.match(await confirmed.text(), /ada@new\.example/);
    assert.equal((await shop.fetch(link, { method: "POST" })).status, 400, "the link works once");
    assert.equal((await signIn(shop, "ada@new.example")).status, 200);
    assert.equal((await signIn(shop, "ada@example.com")).status, 401);
    const [told] = await mailsTo(shop, "ada@example.com");
    assert.match(told!.subject, /address of your account was changed/);

    await wish("eve@example.com");
    const taken = await shop.fetch(await linkTo(shop, "eve@example.com", "confirm-email"), {
      method: "POST",
    });
    assert.equal(taken.status, 400);
    assert.match(await taken.text(), /exists already/);
    const unasked = await shop.call("PATCH", "/api/auth/users/me/", {
      token,
      body: { email: "ada@other.example" },
    });
    assert.deepEqual([unasked.status, unasked.body.code], [403, "password_required"]);
    const wrong = await wish("ada@other.example", "a-wrong-one");
    assert.deepEqual([wrong.status, Object.keys(wrong.body.errors)], [400, ["password"]]);
    assert.equal((await wish("ADA@new.example ", "a-wrong-one")).status, 200, "the same one needs none");
  },
);

shopTest(
  "a reset link shows a page that sets the password once, within the hour, and signs out every device",
  async (shop) => {
    const { refresh, token } = await signUp(shop);
    await shop.call("POST", "/api/auth/password/reset/", { body: { email: "ADA@example.com" } });
    await shop.call("POST", "/api/auth/password/reset/", { body: { email: "nobody@example.com" } });
    assert.deepEqual(await mailsTo(shop, "nobody@example.com"), []);
    const link = await linkTo(shop, "ada@example.com", "reset-password");
    assert.match(await (await shop.fetch(link)).text(), /For ada@example\.com[\s\S]*type="password"/);
    const submit = async (password: string) => {
      const body = new FormData();
      body.set("password", password);
      const response = await shop.fetch(link, { method: "POST", body });
      return { status: response.status, page: await response.text() };
    };
    const inRussian = await shop.fetch(link, { headers: { "accept-language": "ru-RU,ru;q=0.9,en;q=0.8" } });
    assert.match(await inRussian.text(), /<html lang="ru">[\s\S]*Новый пароль, от 8 знаков/);
    const weak = await submit("12345678");
    assert.equal(weak.status, 400);
    assert.match(weak.page, /among the first[\s\S]*type="password"/, "one may try another");
    assert.equal((await submit("three-odd-words")).status, 200);
    assert.match((await submit("other-odd-words")).page, /already been used/);

    assert.equal((await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh } })).status, 401);
    assert.equal((await shop.call("GET", "/api/auth/users/me/", { token })).status, 401);
    const again = await signIn(shop, "ada@example.com", "three-odd-words");
    const me = await shop.call("GET", "/api/auth/users/me/", { token: again.body.access });
    assert.equal(me.body.is_email_verified, true, "the link has proven the address");
    const [told] = await mailsTo(shop, "ada@example.com");
    assert.match(told!.subject, /password was changed/);
  },
);

shopTest("changing the password asks for the old one and signs out the other devices", async (shop) => {
  const { token, refresh } = await signUp(shop);
  await shop.call("PATCH", "/api/auth/users/me/", {
    token,
    body: { email: "ada@new.example", password: PASSWORD },
  });
  const other = await signIn(shop, "ada@example.com");
  const { preview } = await addCourse(shop.sql);
  const watch = () =>
    shop.call("GET", `/api/courses/lessons/${preview}/`, { token: other.body.access as string });
  assert.equal((await watch()).status, 200);
  const change = (old_password: string, new_password: string) =>
    shop.call("POST", "/api/auth/password/change/", { token, body: { old_password, new_password } });
  const wrong = await change("wrong", "three-odd-words");
  assert.equal(wrong.status, 400);
  assert.ok(wrong.body.errors.old_password);
  const weak = await change(PASSWORD, "password1");
  assert.ok(weak.body.errors.new_password);
  const [one, two] = await Promise.all([
    change(PASSWORD, "three-odd-words"),
    change(PASSWORD, "three-odd-things"),
  ]);
  // The other finds the password changed meanwhile, or already another one, as they overlap or not.
  const [winner, loser] = [one.status, two.status].sort();
  assert.ok(winner === 200 && (loser === 400 || loser === 401), `of two at once one is too late: ${loser}`);
  const { body: me } = await shop.call("GET", "/api/auth/users/me/", { token });
  assert.equal(me.pending_email, null, "its link is void, so it is not waited for");
  const use = (refresh: string) => shop.call("POST", "/api/auth/token/refresh/", { body: { refresh } });
  assert.equal((await use(refresh)).status, 200);
  assert.equal((await use(other.body.refresh)).status, 401);
  assert.equal((await watch()).status, 401, "playback ends with the session, before the access token does");
  const body = { old_password: "three-odd-words", new_password: "three-odd-things" };
  for (
    const [method, path] of [
      ["POST", "password/change"],
      ["GET", "users/me/export"],
      ["GET", "sessions"],
      ["DELETE", "sessions"],
      ["DELETE", `sessions/${crypto.randomUUID()}`],
    ] as const
  ) {
    const answer = await shop.call(method, `/api/auth/${path}/`, {
      token: other.body.access,
      body: method === "POST" ? body : undefined,
    });
    assert.deepEqual([answer.status, answer.body.code], [401, "not_authenticated"], path);
  }
  assert.equal((await signIn(shop, "ada@example.com")).status, 401);
  for (let n = 0; n < 9; n++) await change("wrong", "three-odd-words");
  assert.equal((await change("three-odd-words", "three-odd-words")).status, 429);
});

shopTest("users see the devices on which they are signed in, and sign out one or all", async (shop) => {
  const { token } = await signUp(shop);
  await signUp(shop, "eve@example.com");
  const phone = await signInWith(shop, SAFARI);
  await signInWith(shop, FIREFOX);
  const list = () => shop.call("GET", "/api/auth/sessions/", { token });
  const { body } = await list();
  assert.equal(body.count, 3);
  const devices = body.results.map(({ device }: { device: string }) => device).sort();
  assert.deepEqual(devices, ["Deno", "Firefox on Linux", "Safari on iOS"]);
  const [current] = body.results.filter((row: { is_current: boolean }) => row.is_current);
  assert.equal(current.device, "Deno");
  assert.equal(current.address, "127.0.0.1");

  const lost = body.results.find((row: { device: string }) => row.device === "Safari on iOS");
  const refresh = () => shop.call("POST", "/api/auth/token/refresh/", { body: { refresh: phone.refresh } });
  assert.equal((await refresh()).status, 200);
  assert.equal((await shop.call("DELETE", `/api/auth/sessions/${lost.id}/`, { token })).status, 204);
  assert.equal((await refresh()).status, 401);
  assert.equal((await shop.call("DELETE", `/api/auth/sessions/${lost.id}/`, { token })).status, 404);
  assert.equal((await list()).body.count, 2);
  assert.equal((await shop.call("DELETE", "/api/auth/sessions/", { token })).status, 204);
  assert.equal((await list()).status, 401);
  const [standing] = await shop.sql`
    select count(*)::int as count from sessions s join users u on u.id = s.user_id
    where u.email = 'ada@example.com' and s.revoked_at is null`;
  assert.equal(standing!.count, 0);
});

shopTest("users are notified of a sign-in on a device not used recently, and of no other", async (shop) => {
  await signUp(shop);
  await signInWith(shop, FIREFOX);
  await signInWith(shop, FIREFOX);
  const told = (await mailsTo(shop, "ada@example.com")).filter(({ subject }) => subject.includes("sign-in"));
  assert.equal(told.length, 1);
  assert.match(told[0]!.text, /Firefox on Linux/);
});

shopTest("no password or token appears in the log", async (shop) => {
  const { token, refresh } = await signUp(shop);
  await shop.call("GET", "/api/auth/users/me/", { token });
  const link = await linkTo(shop, "ada@example.com", "verify-email");
  await (await shop.fetch(link)).text();
  const log = shop.logged.join("\n");
  assert.ok(log.includes("/api/auth/users/me/"));
  for (const secret of [PASSWORD, token, refresh, link.split("token=")[1]!]) assert.ok(!log.includes(secret));
});
