import assert from "node:assert/strict";
import { googleAnalytics, toBody } from "../../adapters/google_analytics/measurement.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import type { Hit, MeasuredEvent } from "../../domain/analytics/ports.ts";
import { ROOT } from "../support/code.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

const visit = { clientId: "123.456", sessionId: "789", adUserData: true, adPersonalization: false };
const items = [
  { courseId: "a", title: "Algebra", amount: 4999n },
  { courseId: "b", title: "𝕏".repeat(120), amount: 1n },
];
const EVENTS: MeasuredEvent[] = [
  { name: "sign_up" },
  { name: "begin_checkout", currency: "usd", coupon: null, items },
  { name: "purchase", orderId: "o", currency: "usd", coupon: "SPRING", tax: 950n, items },
  { name: "refund", orderId: "o", currency: "usd", items: items.slice(0, 1) },
  { name: "lesson_completed", lessonId: "l", courseId: "a", courseTitle: "Algebra" },
  { name: "course_completed", courseId: "a", courseTitle: "Algebra" },
];
const hitOf = (event: MeasuredEvent, happenedAt = new Date()): Hit => ({ visit, event, happenedAt });
const senderOf = ({ analyticsEnvironment: env }: Sandbox, change = {}, timeoutMs?: number) =>
  googleAnalytics({
    measurementId: env.GA_MEASUREMENT_ID!,
    apiSecret: env.GA_API_SECRET!,
    apiUrl: env.GA_API_URL!,
    ...change,
  }, { timeoutMs });

sandboxTest(
  "each event is what Google documents, and its validation finds nothing wrong",
  async (sandbox) => {
    const measurement = senderOf(sandbox);
    for (const event of EVENTS) {
      assert.deepEqual(await measurement.send(hitOf(event)), { outcome: "sent" });
      const response = await fetch(`${sandbox.origin}/google-analytics/debug/mp/collect`, {
        method: "POST",
        body: JSON.stringify({ ...toBody(hitOf(event)), validation_behavior: undefined }),
      });
      assert.deepEqual(await response.json(), { validationMessages: [] }, event.name);
    }
    const hits = sandbox.hits.toReversed();
    assert.deepEqual(hits.map(({ name }) => name), EVENTS.map(({ name }) => name));
    assert.ok(hits.every(({ faults, clientId }) => faults.length === 0 && clientId === "123.456"));
    const common = { session_id: "789", engagement_time_msec: 1 };
    const [algebra, other] = [
      { item_id: "a", item_name: "Algebra", price: 49.99, quantity: 1 },
      { item_id: "b", item_name: "𝕏".repeat(100), price: 0.01, quantity: 1 },
    ];
    const course = { course_id: "a", course_title: "Algebra" };
    assert.deepEqual(hits.map(({ params }) => params), [
      { ...common, method: "email" },
      { ...common, currency: "USD", value: 50, items: [algebra, other] },
      {
        ...common,
        currency: "USD",
        value: 50,
        transaction_id: "o",
        tax: 9.5,
        coupon: "SPRING",
        items: [algebra, other],
      },
      { ...common, currency: "USD", value: 49.99, transaction_id: "o", items: [algebra] },
      { ...common, ...course, lesson_id: "l" },
      { ...common, ...course },
    ]);
  },
);

Deno.test("amounts are in major units of their currency, to the last digit", () => {
  const valueOf = (currency: string, amount: bigint) => {
    const event: MeasuredEvent = {
      name: "refund",
      orderId: "o",
      currency,
      items: [{ courseId: "a", title: "A", amount }],
    };
    return JSON.stringify(toBody(hitOf(event)).events[0]!.params).match(/"value":([^,]+)/)![1];
  };
  const rows = [["usd", 10n, "0.1"], ["jpy", 500n, "500"], ["kwd", 1230n, "1.23"], [
    "usd",
    123456789n,
    "1234567.89",
  ]];
  for (const [currency, amount, written] of rows as [string, bigint, string][]) {
    assert.equal(valueOf(currency, amount), written, currency);
  }
});

Deno.test("an event says when it happened, and what its visitor agreed to", () => {
  const happenedAt = new Date("2026-01-02T03:04:05.678Z");
  const { timestamp_micros, consent, client_id } = toBody(hitOf(EVENTS[0]!, happenedAt));
  assert.deepEqual([timestamp_micros, client_id], [1767323045678000, "123.456"]);
  assert.deepEqual(consent, { ad_user_data: "GRANTED", ad_personalization: "DENIED" });
});

sandboxTest(
  "the stand-in counts nothing with another secret, and says what is wrong with a hit",
  async (sandbox) => {
    assert.deepEqual(await senderOf(sandbox, { apiSecret: "other" }).send(hitOf(EVENTS[0]!)), {
      outcome: "sent",
    });
    assert.deepEqual(sandbox.hits, []);
    const check = async (change: object) => {
      const response = await fetch(`${sandbox.origin}/google-analytics/debug/mp/collect`, {
        method: "POST",
        body: JSON.stringify({ client_id: "1.2", events: [{ name: "a", params: {} }], ...change }),
      });
      const { validationMessages } = await response.json();
      return validationMessages.map(({ validationCode }: { validationCode: string }) => validationCode)
        .join();
    };
    const events = (count: number) => ({ events: Array.from({ length: count }, () => ({ name: "a" })) });
    assert.equal(await check({}), "");
    assert.equal(await check({ client_id: "" }), "VALUE_REQUIRED");
    assert.equal(await check(events(25)), "");
    assert.equal(await check(events(26)), "EXCEEDED_MAX_ENTITIES");
    assert.equal(await check({ events: [{ name: "session_start" }] }), "NAME_RESERVED");
    assert.equal(await check({ events: [{ name: "a".repeat(41) }] }), "NAME_INVALID");
    assert.equal(await check({ events: [{ name: "9a" }] }), "NAME_INVALID");
    assert.equal(await check({ events: [{ name: "a", params: { b: "c".repeat(101) } }] }), "VALUE_INVALID");
    assert.equal(await check({ events: [{ name: "a", params: { value: 1 } }] }), "VALUE_REQUIRED");
    assert.equal(
      await check({ timestamp_micros: (Date.now() - 73 * 3600_000) * 1000 }),
      "VALUE_OUT_OF_BOUNDS",
    );
  },
);

sandboxTest("what Google has certainly not received is told apart from what it may have", async (sandbox) => {
  const outcomeOf = async (measurement = senderOf(sandbox, {}, 200)) =>
    (await measurement.send(hitOf(EVENTS[0]!))).outcome;
  const rows = [["down", "unsent"], ["busy", "unsent"], ["silent", "unknown"], [
    "refused",
    "refused",
  ]] as const;
  for (const [fault, outcome] of rows) {
    sandbox.faults.set("analytics", fault);
    assert.equal(await outcomeOf(), outcome, fault);
  }
  assert.equal(await outcomeOf(senderOf(sandbox, { apiUrl: "http://127.0.0.1:9" })), "unsent");
  const babble = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  const tls = senderOf(sandbox, { apiUrl: `https://127.0.0.1:${babble.addr.port}` });
  assert.equal(await outcomeOf(tls), "unsent", "no TLS was agreed on");
  await babble.shutdown();
});

sandboxTest(
  "the secret of the address is in no span of Deno's telemetry, where fetch would put it",
  async (sandbox) => {
    const { analyticsEnvironment: env } = sandbox;
    const options = {
      measurementId: env.GA_MEASUREMENT_ID,
      apiSecret: env.GA_API_SECRET,
      apiUrl: env.GA_API_URL,
    };
    const script = `
    import { googleAnalytics } from ${
      JSON.stringify(`file://${ROOT}adapters/google_analytics/measurement.ts`)
    };
    await (await fetch("${sandbox.origin}/?other-secret")).text();
    const event = { name: "sign_up" };
    const visit = ${JSON.stringify(visit)};
    const hit = { event, visit, happenedAt: new Date() };
    console.log(JSON.stringify(await googleAnalytics(${JSON.stringify(options)}).send(hit)));
    console.log(JSON.stringify(await googleAnalytics({ ...${
      JSON.stringify(options)
    }, apiUrl: "http://127.0.0.1:9" }).send(hit)));`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      cwd: ROOT,
      env: { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "console" },
    }).output();
    const printed = new TextDecoder().decode(stdout);
    const exported = new TextDecoder().decode(stderr);
    assert.match(printed, /"sent"[^]*"unsent"/, exported);
    assert.match(exported, /other-secret/, "spans are exported");
    assert.doesNotMatch(exported + printed, /sandbox-analytics-secret/);
    assert.equal(sandbox.hits.length, 1);
  },
);
