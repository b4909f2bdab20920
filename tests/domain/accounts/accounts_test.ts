import assert from "node:assert/strict";
import { changeProfile, showAccount } from "../../../domain/accounts/change_profile.ts";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { purgeSessions } from "../../../domain/accounts/purge_sessions.ts";
import { refreshAccess } from "../../../domain/accounts/refresh_access.ts";
import { register } from "../../../domain/accounts/register.ts";
import { signIn } from "../../../domain/accounts/sign_in.ts";
import { verifyEmail } from "../../../domain/accounts/verify_email.ts";
import { memoryShop, NOW } from "../../support/memory_shop.ts";

const ADA = {
  email: "  Ada@Example.COM ",
  password: "correct horse",
  firstName: " Ada ",
  lastName: "Lovelace",
};

async function shopWithAda() {
  const shop = memoryShop();
  const ada = await register(shop, ADA);
  return { shop, ada };
}

Deno.test("register keeps a tidy account of role 4 and asks for a verification mail", async () => {
  const { shop, ada } = await shopWithAda();
  assert.equal(ada.email, "ada@example.com");
  assert.equal(ada.firstName, "Ada");
  assert.equal(ada.role, ROLE.user);
  assert.deepEqual(shop.state.jobs, [{
    kind: "send_notice",
    notice: { kind: "verify_email", userId: ada.id },
  }]);
});

Deno.test("register refuses an address that has an account, however it is spelled, and names the field", async () => {
  const { shop } = await shopWithAda();
  await assert.rejects(register(shop, { ...ADA, email: "ADA@example.com" }), (error: unknown) => {
    const { code, details } = error as { code: string; details: { fields: Record<string, string[]> } };
    return code === "email_taken" && details.fields.email!.length === 1;
  });
  assert.equal(shop.state.jobs.length, 1);
});

Deno.test("signIn opens a session of seven days for the right password, however the address is spelled", async () => {
  const { shop, ada } = await shopWithAda();
  const tokens = await signIn(shop, { email: "ADA@example.com", password: ADA.password, userAgent: "test" });
  assert.deepEqual(await shop.tokens.readAccess(tokens.access), {
    id: ada.id,
    role: ROLE.user,
    sessionId: shop.state.sessions[0]?.id,
  });
  assert.equal(shop.state.sessions[0]!.expiresAt.getTime() - NOW.getTime(), 7 * 24 * 3600_000);
});

for (
  const [what, email] of [["a wrong password", ADA.email], [
    "an unknown address",
    "nobody@example.com",
  ]] as const
) {
  Deno.test(`signIn refuses ${what} with the same answer and opens no session`, async () => {
    const { shop } = await shopWithAda();
    await assert.rejects(signIn(shop, { email, password: "wrong", userAgent: "" }), {
      code: "wrong_credentials",
      message: "No active account found with the given credentials",
    });
    assert.equal(shop.state.sessions.length, 0);
  });
}

Deno.test("refreshAccess takes the same refresh token again and again", async () => {
  const { shop } = await shopWithAda();
  const { refresh } = await signIn(shop, { ...ADA, userAgent: "" });
  for (let time = 0; time < 3; time++) assert.ok((await refreshAccess(shop, { refresh })).access);
});

Deno.test("refreshAccess answers the role of now, not the one of sign-in", async () => {
  const { shop } = await shopWithAda();
  const { refresh } = await signIn(shop, { ...ADA, userAgent: "" });
  shop.state.users[0]!.role = ROLE.tutor;
  const { access } = await refreshAccess(shop, { refresh });
  assert.equal((await shop.tokens.readAccess(access))?.role, ROLE.tutor);
});

Deno.test("refreshAccess refuses a revoked session, a foreign one, an access token and nonsense", async () => {
  const { shop, ada } = await shopWithAda();
  const { access, refresh } = await signIn(shop, { ...ADA, userAgent: "" });
  const sessionId = shop.state.sessions[0]!.id;
  const foreign = await shop.tokens.issueRefresh({ id: sessionId, userId: "somebody", expiresAt: NOW });
  const unknown = await shop.tokens.issueRefresh({ id: "none", userId: ada.id, expiresAt: NOW });
  shop.state.sessions[0]!.revoked = true;
  for (const token of [refresh, access, foreign, unknown, "nonsense"]) {
    await assert.rejects(refreshAccess(shop, { refresh: token }), { code: "not_authenticated" });
  }
});

Deno.test("refreshAccess refuses a token that names another user than its session", async () => {
  const { shop } = await shopWithAda();
  await signIn(shop, { ...ADA, userAgent: "" });
  const sessionId = shop.state.sessions[0]!.id;
  const foreign = await shop.tokens.issueRefresh({ id: sessionId, userId: "somebody", expiresAt: NOW });
  await assert.rejects(refreshAccess(shop, { refresh: foreign }), { code: "not_authenticated" });
});

Deno.test("verifyEmail marks the address as verified, also when the link is followed twice", async () => {
  const { shop, ada } = await shopWithAda();
  const token = await shop.tokens.issueEmailVerification({ userId: ada.id, email: ada.email }, 60);
  await verifyEmail(shop, { token });
  assert.deepEqual(await verifyEmail(shop, { token }), { email: ada.email });
  assert.deepEqual((await shop.users.byId(ada.id))?.emailVerifiedAt, NOW);
});

Deno.test("verifyEmail refuses a forged link and one for an address that is not the account's any more", async () => {
  const { shop, ada } = await shopWithAda();
  const stale = await shop.tokens.issueEmailVerification({ userId: ada.id, email: "old@example.com" }, 60);
  for (const token of [stale, "forged"]) {
    await assert.rejects(verifyEmail(shop, { token }), { code: "invalid_link" });
  }
});

Deno.test("changeProfile changes what is given and trims it", async () => {
  const { shop, ada } = await shopWithAda();
  const change = { firstName: " Augusta ", phone: "+44 1", email: "ADA@example.com" };
  const changed = await changeProfile(shop, { userId: ada.id, change });
  assert.deepEqual([changed.firstName, changed.lastName, changed.phone], ["Augusta", "Lovelace", "+44 1"]);
});

Deno.test("changeProfile changes nothing when nothing or another address is given", async () => {
  const { shop, ada } = await shopWithAda();
  const before = structuredClone(shop.state.users);
  await changeProfile(shop, { userId: ada.id, change: {} });
  const other = { firstName: "Eve", email: "eve@example.com" };
  await assert.rejects(changeProfile(shop, { userId: ada.id, change: other }), { code: "invalid_input" });
  assert.deepEqual(shop.state.users, before);
});

Deno.test("changeProfile answers the account as it was when it is deleted meanwhile", async () => {
  const { shop, ada } = await shopWithAda();
  shop.users.changeProfile = () => Promise.resolve(null);
  const answered = await changeProfile(shop, { userId: ada.id, change: { phone: "1" } });
  assert.equal(answered.id, ada.id);
});

Deno.test("showAccount refuses a token of a deleted account", async () => {
  await assert.rejects(showAccount(memoryShop(), { userId: "gone" }), { code: "not_authenticated" });
});

Deno.test("purgeSessions forgets sessions thirty days after they expired", async () => {
  const shop = memoryShop();
  const day = 24 * 3600_000;
  for (const age of [29, 31]) {
    await shop.sessions.open({ userId: "u", expiresAt: new Date(NOW.getTime() - age * day), userAgent: "" });
  }
  await purgeSessions(shop);
  assert.equal(shop.state.sessions.length, 1);
});
