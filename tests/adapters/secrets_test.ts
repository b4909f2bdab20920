import assert from "node:assert/strict";
import { argon2id } from "hash-wasm";
import { SignJWT } from "jose";
import { type HashTask, performHashTask } from "../../adapters/argon2/hashing.ts";
import { argon2Passwords } from "../../adapters/argon2/passwords.ts";
import { joseTokens } from "../../adapters/jose/tokens.ts";
import { createLog } from "../../adapters/log.ts";
import { ROLE } from "../../domain/accounts/ports.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const caller = { id: "u1", role: ROLE.student, signInId: "s1" };

Deno.test("a password is hashed with argon2id at OWASP's parameters, each time with another salt", async () => {
  const passwords = argon2Passwords();
  const [one, two] = await Promise.all([passwords.hash("correct-horse"), passwords.hash("correct-horse")]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(one, two);
  assert.equal(await passwords.verify("correct-horse", one), true);
  assert.equal(await passwords.verify("correct-horsf", one), false);
  assert.equal(await passwords.verify("correct-horse", null), false);
  passwords.close();
});

Deno.test("a password from the old Django database is accepted, and its hash is outdated", async () => {
  const passwords = argon2Passwords();
  // django.contrib.auth.hashers.PBKDF2PasswordHasher().encode("correct-horse", "NaCl", 1000)
  const hash = "pbkdf2_sha256$1000$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=";
  assert.equal(await passwords.verify("correct-horse", hash), true);
  assert.equal(await passwords.verify("correct-horsf", hash), false);
  assert.equal(await passwords.isOutdated("correct-horse", hash), true);
  assert.equal(await passwords.isOutdated("correct-horse", await passwords.hash("correct-horse")), false);
  passwords.close();
});

Deno.test("a password is the same however its letters are composed; hashes of other forms are accepted, and outdated", async () => {
  const passwords = argon2Passwords({ refusalMs: 1 });
  const composed = "Café München 7", apart = composed.normalize("NFD"), wide = "Café\u00a0München 7";
  const today = await passwords.hash(apart);
  // pbkdf2_sha256 as Django made them of what came, here of the letters with their accents apart.
  const once = await hashOfDjango(apart);
  for (const spelling of [composed, apart, wide]) {
    assert.equal(await passwords.verify(spelling, today), true);
    assert.equal(await passwords.isOutdated(spelling, today), false);
  }
  for (const spelling of [composed, apart]) assert.equal(await passwords.verify(spelling, once), true);
  assert.equal(await passwords.verify("Cafe Munchen 7", today), false);
  assert.equal(await passwords.verify("Café München ７", today), false, "a full-width digit is another sign");
  const raw = await argon2id({
    password: apart,
    salt: new Uint8Array(16),
    memorySize: 19_456,
    iterations: 2,
    parallelism: 1,
    hashLength: 32,
    outputType: "encoded",
  });
  assert.equal(await passwords.verify(composed, raw), true);
  assert.equal(await passwords.isOutdated(composed, raw), true);
  passwords.close();
});

async function hashOfDjango(password: string): Promise<string> {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(password), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: text.encode("NaCl"), iterations: 1000 };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
  return `pbkdf2_sha256$1000$NaCl$${btoa(String.fromCharCode(...bits))}`;
}

Deno.test("a refusal takes the same time for every hash", async () => {
  const passwords = argon2Passwords({ refusalMs: 50 });
  for (const hash of [null, await passwords.hash("correct-horse")]) {
    const start = performance.now();
    await passwords.verify("wrong", hash);
    assert.ok(performance.now() - start >= 49);
  }
  passwords.close();
});

/** What was found in columns of passwords, none of it a hash that can be checked. */
const NO_HASHES = [
  "",
  "correct-horse",
  `!${"x".repeat(40)}`,
  "pbkdf2_sha256$looks$like$one",
  "pbkdf2_sha256$1000$NaCl$",
  "pbkdf2_sha256$1000$NaCl$correct-horse",
  "pbkdf2_sha256$0$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=",
  "pbkdf2_sha256$1e3$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=",
  "pbkdf2_sha256$99999999$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=",
  "pbkdf2_sha256$1000$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=\n",
  "pbkdf2_sha1$1000$NaCl$0AGJJe+1cMZSPcjudtORygtjpzcJP87BOcDjjFL6FRs=",
  "$argon2id$",
  "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$",
  "$argon2id$v=19$m=8,t=1,p=1$c2E$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "$argon2id$v=19$m=8,t=4294967295,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAA",
  "$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghijk",
];

Deno.test("what is no hash matches no password, and is refused as if there were no account", async () => {
  const tasks: HashTask[] = [];
  const passwords = argon2Passwords({
    cost: { memoryKib: 8, iterations: 1 },
    refusalMs: 0,
    perform(task) {
      tasks.push(task);
      return performHashTask(task);
    },
  });
  for (const password of ["correct-horse", "other", "x"]) {
    await passwords.verify(password, null);
    const [ofNobody] = tasks.splice(0);
    for (const hash of NO_HASHES) {
      assert.equal(await passwords.verify(password, hash), false, hash);
      assert.equal(await passwords.verify(hash || password, hash), false, hash);
      assert.deepEqual(tasks.splice(0)[0], ofNobody, "the same work, so the same time");
    }
  }
  const known = await passwords.hash("correct-horse");
  assert.equal(await passwords.verify("correct-horse", known), true);
});

Deno.test("a token is accepted as its own kind only", async () => {
  const tokens = joseTokens([SECRET]);
  const access = await tokens.issueAccess(caller);
  assert.deepEqual(await tokens.readAccess(access), caller);
  const expiresAt = new Date(Date.now() + 60_000);
  const refresh = await tokens.issueRefresh({ id: "s1", userId: "u1", expiresAt });
  assert.deepEqual(await tokens.readRefresh(refresh), { signInId: "s1", userId: "u1" });
  const claim = { userId: "u1", email: "a@example.com", version: 3 };
  const verification = await tokens.issueLink("verify_email", claim);
  assert.deepEqual(await tokens.readLink("verify_email", verification), claim);
  for (const purpose of ["change_email", "reset_password"] as const) {
    assert.equal(await tokens.readLink(purpose, verification), null);
  }
  for (const other of [refresh, verification]) assert.equal(await tokens.readAccess(other), null);
  for (const other of [access, verification]) assert.equal(await tokens.readRefresh(other), null);
});

Deno.test("a token is refused if it is expired, altered, unsigned or signed otherwise", async () => {
  let now = new Date();
  const tokens = joseTokens([SECRET], () => now);
  const access = await tokens.issueAccess(caller);
  const [header, payload, signature] = access.split(".");
  const none = btoa('{"alg":"none"}').replaceAll("=", "");
  const claims = { role: 1, sid: "s1" };
  const sign = (alg: string, key: string) =>
    new SignJWT(claims).setProtectedHeader({ alg }).setIssuer("11tutors").setAudience("access").setSubject(
      "u1",
    )
      .setExpirationTime("1h").sign(new TextEncoder().encode(key));
  const forged = [
    `${header}.${btoa('{"sub":"u2"}').replaceAll("=", "")}.${signature}`,
    `${none}.${payload}.`,
    await sign("HS512", SECRET + SECRET),
    await sign("HS256", "another secret that is long enough"),
    "nonsense",
  ];
  for (const token of forged) assert.equal(await tokens.readAccess(token), null);
  now = new Date(now.getTime() + 3600_000 + 1000);
  assert.equal(await tokens.readAccess(access), null);
});

Deno.test("tokens of the previous secret stay valid while secrets are rotated, and no new ones are signed with it", async () => {
  const previous = "another secret of thirty-two bytes";
  const before = await joseTokens([previous]).issueAccess(caller);
  const rotating = joseTokens([SECRET, previous]);
  assert.deepEqual(await rotating.readAccess(before), caller);
  assert.equal(await joseTokens([previous]).readAccess(await rotating.issueAccess(caller)), null);
  assert.equal(await joseTokens([SECRET]).readAccess(before), null);
});

Deno.test("tokens are not signed with a secret below 32 bytes", () => {
  assert.throws(() => joseTokens(["short"]), /at least 32 bytes/);
});

Deno.test("the log is one JSON object per line for machines, and readable for people", () => {
  const lines: string[] = [];
  const clock = () => new Date("2026-03-01T12:00:00Z");
  createLog("json", (line) => lines.push(line), clock).info("request", { path: "/a\nb", status: 200 });
  assert.deepEqual(JSON.parse(lines[0]!), {
    time: "2026-03-01T12:00:00.000Z",
    level: "info",
    message: "request",
    path: "/a\nb",
    status: 200,
  });
  assert.ok(!lines[0]!.includes("\n"));
  createLog("readable", (line) => lines.push(line), clock).warn("slow", { ms: 12, userId: undefined });
  assert.match(lines[1]!, /12:00:00 slow ms=12/);
  assert.ok(!lines[1]!.includes("userId"));
});
