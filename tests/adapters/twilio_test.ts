import assert from "node:assert/strict";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import { signatureOf, twilioReports } from "../../adapters/twilio/reports.ts";
import { twilioTexter } from "../../adapters/twilio/texter.ts";
import type { Sms, SmsOutcome } from "../../domain/notifications/sms/ports.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

const TO = "+4915123456789";
const sms = (change: Partial<Sms> = {}): Sms => ({
  id: crypto.randomUUID(),
  to: TO,
  text: "123456 is your code",
  validSeconds: 600,
  ...change,
});

function texterOf({ environment: env }: Sandbox, change: { authToken?: string; apiUrl?: string } = {}) {
  return twilioTexter({
    accountSid: env.TWILIO_ACCOUNT_SID!,
    authToken: env.TWILIO_AUTH_TOKEN!,
    previousAuthToken: null,
    sender: { messagingServiceSid: env.TWILIO_MESSAGING_SERVICE_SID! },
    apiUrl: env.TWILIO_API_URL!,
    ...change,
  }, { statusUrl: () => "", timeoutMs: 1500 });
}

/** Sends and tells what came of it, and whether it was handed over first. */
async function attempt(sandbox: Sandbox, change: Partial<Sms> = {}, other = {}) {
  let handedOver = false;
  const result = await texterOf(sandbox, other).send(sms(change), () => {
    handedOver = true;
    return Promise.resolve();
  });
  assert.ok(handedOver);
  assert.ok(!JSON.stringify(result).includes((change.to ?? TO).slice(3)), "no reason names the number");
  return result;
}

sandboxTest("an SMS is handed to Twilio once, with its text", async (sandbox) => {
  const result = await attempt(sandbox);
  const [stored, ...more] = sandbox.sms.all();
  assert.deepEqual(more, []);
  assert.deepEqual([stored!.to, stored!.body], [TO, "123456 is your code"]);
  assert.deepEqual(result, { outcome: "accepted", vendorId: stored!.sid });
});

sandboxTest("what Twilio says of a message for good is a refusal, and marks the number", async (sandbox) => {
  const refused = async (to: string) => {
    const result = await attempt(sandbox, { to });
    return [result.outcome, (result as { problem?: string }).problem, (result as { reason: string }).reason];
  };
  assert.deepEqual(await refused("+15005550001"), [
    "refused",
    "unreachable",
    "Twilio answered 400, error 21211",
  ]);
  assert.deepEqual(await refused("+15005550002"), ["refused", undefined, "Twilio answered 400, error 21612"]);
  assert.deepEqual(await refused("+15005550003"), ["refused", undefined, "Twilio answered 400, error 21408"]);
  assert.deepEqual(await refused("+15005550004"), ["refused", "stopped", "Twilio answered 400, error 21610"]);
  assert.deepEqual(await refused("+15005550009"), [
    "refused",
    "unreachable",
    "Twilio answered 400, error 21614",
  ]);
  assert.deepEqual(sandbox.sms.all(), []);
});

sandboxTest(
  "what Twilio did not process is tried again, and what it may have sent is unknown",
  async (sandbox) => {
    const outcomes: Record<string, SmsOutcome["outcome"]> = {};
    for (const fault of ["busy", "refused", "down", "silent", "nonsense", "lost"] as const) {
      sandbox.faults.set("sms", fault);
      outcomes[fault] = (await attempt(sandbox)).outcome;
    }
    assert.deepEqual(outcomes, {
      busy: "not_now",
      refused: "not_now",
      down: "unknown",
      silent: "unknown",
      nonsense: "unknown",
      lost: "unknown",
    });
    sandbox.faults.set("sms", null);
    assert.equal((await attempt(sandbox, {}, { authToken: "wrong" })).outcome, "not_now");
    const nobody = { apiUrl: `http://127.0.0.1:${freePort()}` };
    assert.deepEqual(await attempt(sandbox, {}, nobody), {
      outcome: "not_now",
      reason: "Twilio cannot be reached",
    });
  },
);

sandboxTest("a message whose answer was lost is found by its number, text and time", async (sandbox) => {
  const texter = texterOf(sandbox);
  const since = new Date();
  const lost = sms({ text: "Your access ends" });
  assert.equal(await texter.find(lost, since), null);
  sandbox.faults.set("sms", "lost");
  await texter.send(lost, () => Promise.resolve());
  sandbox.faults.set("sms", null);
  assert.equal(await texter.find(lost, since), sandbox.sms.all()[0]!.sid);
  assert.equal(await texter.find({ ...lost, to: "+4915100000000" }, since), null);
  assert.equal(await texter.find({ ...lost, text: "Another" }, since), null);
  assert.equal(await texter.find(lost, new Date(Date.now() + 3600_000)), null);
  for (const fault of ["down", "nonsense", "silent", "busy"] as const) {
    sandbox.faults.set("sms", fault);
    await assert.rejects(texter.find(lost, since), (error: Error & { code?: string }) => {
      assert.equal(error.code, "vendor_unavailable");
      return !error.message.includes(TO);
    });
  }
});

const ACCOUNT = `AC${"0".repeat(32)}`;
const SID = `SM${"1".repeat(32)}`;
const URL_OF = (mailId: string) => `https://api.example.com/api/notifications/sms/status/?mail=${mailId}`;
const reports = twilioReports({
  accountSid: ACCOUNT,
  authTokens: ["current", "previous"],
  statusUrl: URL_OF,
});
const said = (change: Record<string, string> = {}) =>
  new URLSearchParams({
    MessageSid: SID,
    MessageStatus: "delivered",
    To: TO,
    AccountSid: ACCOUNT,
    ...change,
  });
const read = (fields: URLSearchParams, signature: string | null, mailId = "m") =>
  reports.verify(
    String(fields),
    (name) => name === "x-twilio-signature" ? signature : null,
    mailId,
  );

Deno.test("a signature is that of Twilio's documentation", () => {
  const fields = new URLSearchParams({
    CallSid: "CA1234567890ABCDE",
    Caller: "+14158675309",
    Digits: "1234",
    From: "+14158675309",
    To: "+18005551212",
  });
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  assert.equal(signatureOf("12345", url, fields), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
});

Deno.test("a status is read if Twilio signed it for this URL, with the current or the previous token", () => {
  const fields = said();
  for (const token of ["current", "previous"]) {
    assert.deepEqual(read(fields, signatureOf(token, URL_OF("m"), fields)), {
      status: { mailId: "m", vendorId: SID, delivery: "delivered", reason: null },
      number: TO,
      problem: null,
    });
  }
  const withPort = URL_OF("m").replace("example.com", "example.com:443");
  assert.ok(read(fields, signatureOf("current", withPort, fields)));
  const refused = (signature: string | null, given = fields, mailId = "m") =>
    assert.throws(() => read(given, signature, mailId), { code: "bad_signature" });
  const signature = signatureOf("current", URL_OF("m"), fields);
  refused(null);
  refused("");
  refused(signatureOf("retired", URL_OF("m"), fields));
  refused(signature, said({ MessageStatus: "failed" }));
  refused(signature, fields, "another");
  const foreign = said({ AccountSid: `AC${"9".repeat(32)}` });
  refused(signatureOf("current", URL_OF("m"), foreign), foreign);
  const twice = new URLSearchParams([...fields, ["To", TO]]);
  assert.ok(read(twice, signatureOf("current", URL_OF("m"), fields)), "a value that comes twice counts once");
});

Deno.test("an error in a report marks the number, and a status that means nothing is ignored", () => {
  const report = (change: Record<string, string>) => {
    const fields = said(change);
    return read(fields, signatureOf("current", URL_OF("m"), fields));
  };
  const stopped = report({ MessageStatus: "failed", ErrorCode: "21610" });
  assert.deepEqual([stopped!.status.reason, stopped!.problem], ["Twilio reported error 21610", "stopped"]);
  assert.equal(report({ MessageStatus: "undelivered", ErrorCode: "30006" })!.problem, "unreachable");
  assert.equal(report({ MessageStatus: "undelivered", ErrorCode: "30003" })!.problem, null);
  assert.equal(report({ MessageStatus: "invented" }), null);
  assert.equal(report({ MessageSid: "x" }), null);
});

Deno.test("a shop without SMS takes no reports", () => {
  assert.throws(() => twilioReports(null).verify("", () => null, "m"), { code: "not_found" });
});
