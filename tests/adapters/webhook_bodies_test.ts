import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { mailgunEvents } from "../../adapters/mailgun/events.ts";
import { sendgridEvents } from "../../adapters/sendgrid/events.ts";
import { stripeEvents } from "../../adapters/stripe/events.ts";
import { DomainError } from "../../domain/errors.ts";
import { SECRET, sessionEvent, signed } from "../support/webhook.ts";

const NOW = () => new Date("2026-03-01T12:00:00Z");
const order = { order_id: crypto.randomUUID(), user_id: crypto.randomUUID(), session: "cs_1" };
const about = (type: string, object: unknown) => ({
  id: "evt_1",
  type,
  livemode: false,
  created: 1,
  data: { object },
});
const refund = { id: "re_1", payment_intent: "pi_1", amount: 5, currency: "usd", metadata: {} };
/** One event of each kind that is read. */
const stripe = [
  sessionEvent("evt_1", order),
  about("refund.created", refund),
  about("charge.refunded", { payment_intent: { id: "pi_1" } }),
  about("charge.dispute.created", { id: "dp_1" }),
  about("payment_intent.payment_failed", {
    metadata: { order_id: "x" },
    last_payment_error: { code: "declined" },
  }),
  about("something.new", { id: "x" }),
];
const sendgrid = [{ event: "bounce", email: "a@example.com", type: "bounce", reason: "unknown" }];
const mailgun = { event: "failed", severity: "permanent", recipient: "a@example.com", reason: "unknown" };

const keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const publicKey = keys.publicKey.export({ type: "spki", format: "der" }).toString("base64");
const TIME = String(NOW().getTime() / 1000);

/** Each vendor's events, signed as the vendor signs a body. */
const vendors = {
  async stripe(body: string) {
    const events = stripeEvents({ webhookSecrets: [SECRET], livemode: false });
    const timestamp = Math.floor(Date.now() / 1000);
    const payload = { toString: () => body };
    const signature = `t=${timestamp},v1=${
      createHmac("sha256", SECRET).update(`${timestamp}.${payload}`).digest("hex")
    }`;
    return await events.verify(body, signature);
  },
  sendgrid(body: string) {
    const signature = sign("sha256", new TextEncoder().encode(TIME + body), keys.privateKey).toString(
      "base64",
    );
    const header = (name: string) => name.endsWith("timestamp") ? TIME : signature;
    return Promise.resolve().then(() => sendgridEvents(publicKey, NOW).verify(body, header));
  },
  mailgun(body: string) {
    return Promise.resolve().then(() => mailgunEvents("key", NOW).verify(body, () => null));
  },
};
const mailgunSigned = (event: unknown) => ({
  signature: {
    timestamp: TIME,
    token: "t",
    signature: createHmac("sha256", "key").update(`${TIME}t`).digest("hex"),
  },
  "event-data": event,
});

/** A refusal of the sender; whatever else is thrown would be a 500. */
async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    assert.ok(error instanceof DomainError, String((error as Error).stack));
    return error.code;
  }
}

Deno.test("events as vendors send them are read", async () => {
  for (const event of stripe) {
    assert.equal(await refusalOf(vendors.stripe(JSON.stringify(event))), null, event.type);
  }
  assert.equal((await vendors.sendgrid(JSON.stringify(sendgrid))).events.length, 1);
  assert.equal((await vendors.mailgun(JSON.stringify(mailgunSigned(mailgun)))).events.length, 1);
  const { payload, signature } = await signed(stripe[0]);
  const events = stripeEvents({ webhookSecrets: ["whsec_new", SECRET], livemode: false });
  assert.equal((await events.verify(payload, signature)).reading.kind, "evidence");
});

const deep = "[".repeat(400_000) + "]".repeat(400_000);
for (
  const [what, body] of [
    ["nothing", ""],
    ["no JSON", "not json"],
    ["half of it", `{"id":`],
    ["null", "null"],
    ["a list", "[]"],
    ["a list of null", "[null]"],
    ["an empty object", "{}"],
    ["a number", "5"],
    ["text", `"x"`],
    ["what is nested deeply", deep],
    ["the character NUL", `{"id":"evt_\\u0000","type":"x"}`],
    ["half a character", `{"id":"evt_1","type":"\\ud800"}`],
    ["an endless id", JSON.stringify({ id: "e".repeat(5000), type: "x" })],
    ["a signature of no kind", `{"signature":null}`],
    ["a signature of numbers", `{"signature":{"signature":5}}`],
    ["a signature of lists", `{"signature":{"timestamp":["1"],"token":{},"signature":["a"]}}`],
  ] as const
) {
  Deno.test(`a signed body that is ${what} is refused`, async () => {
    for (const [vendor, send] of Object.entries(vendors)) {
      if (vendor === "sendgrid" && body === "[]") continue; // no events
      const refusal = await refusalOf(send(body));
      assert.ok(refusal === "invalid_input" || (body === "" && refusal === "bad_signature"), vendor);
    }
  });
}

/** The value with one of its parts, at any depth, in place of another. */
function withChange(value: unknown, at: number, change: unknown): unknown {
  let count = 0;
  const walk = (part: unknown): unknown => {
    if (count++ === at) return change;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
}

Deno.test("a signed body with any value in any place is read with correct types or refused", async () => {
  const odd = fc.oneof(
    fc.constantFrom(null, "", "\0", "\ud800", -1, 1.5, 1e300, [], {}, true, "x".repeat(600), [null], {
      id: 5,
    }),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...stripe), fc.nat(24), odd, async (event, at, change) => {
      const body = JSON.stringify(withChange(event, at, change));
      const reading = await vendors.stripe(body).then(({ reading }) => reading, (error) => error);
      if (reading instanceof DomainError) return;
      if (reading.kind !== "evidence") return assert.ok("kind" in reading, String(reading.stack));
      for (const part of Object.values(reading.evidence)) {
        assert.ok(typeof part !== "number" || Number.isSafeInteger(part));
        assert.ok(typeof part !== "string" || (part.length <= 500 && part.isWellFormed()));
        assert.ok(!(part instanceof Date) || !Number.isNaN(part.getTime()));
      }
    }),
    { numRuns: 400 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(8), odd, async (at, change) => {
      await refusalOf(vendors.sendgrid(JSON.stringify(withChange(sendgrid, at, change))));
      await refusalOf(vendors.mailgun(JSON.stringify(withChange(mailgunSigned(mailgun), at, change))));
    }),
    { numRuns: 300 },
  );
});
