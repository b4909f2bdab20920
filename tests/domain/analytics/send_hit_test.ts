import assert from "node:assert/strict";
import { sendHit } from "../../../domain/analytics/send_hit.ts";
import type { HitOutcome, Hits, MeasuredEvent } from "../../../domain/analytics/ports.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const VISIT = { clientId: "1.2", sessionId: "3", adUserData: true, adPersonalization: false };
const EVENTS: Record<string, MeasuredEvent> = {
  sign_up: { name: "sign_up" },
  purchase: { name: "purchase", orderId: "o", currency: "usd", coupon: null, tax: 0n, items: [] },
  refund: { name: "refund", orderId: "o", currency: "usd", items: [] },
};

type Situation = {
  outcome: HitOutcome["outcome"];
  name?: string;
  tries?: number;
  isUnclear?: boolean;
  hours?: number;
};

/** What becomes of an event: `again` if it is to be tried again. */
async function fate(situation: Situation): Promise<{ calls: number; end: string }> {
  const { outcome, name = "sign_up", tries = 1, isUnclear = false, hours = 0 } = situation;
  let calls = 0;
  let end = "none";
  const hits: Hits = {
    begin: () =>
      Promise.resolve({
        visit: VISIT,
        event: EVENTS[name]!,
        happenedAt: new Date(NOW.getTime() - hours * 3600_000),
        tries,
        isUnclear,
      }),
    release: () => Promise.resolve(void (end = "again")),
    end: (_, as) => Promise.resolve(void (end = as)),
  };
  const send = () => {
    calls++;
    return Promise.resolve(outcome === "sent" ? { outcome } : { outcome, reason: "because" });
  };
  const thrown = await sendHit(
    { measurement: { send }, hits, clock: () => NOW, log: { warn() {} } },
    { hitId: "h" },
  ).then(() => null, ({ code }) => code);
  assert.equal(thrown, end === "again" ? "vendor_unavailable" : null);
  return { calls, end };
}

const ROWS: [what: string, situation: Situation, calls: number, end: string][] = [
  ["is sent", { outcome: "sent" }, 1, "sent"],
  ["is tried again when it was not received", { outcome: "unsent" }, 1, "again"],
  ["is tried again a second time", { outcome: "unsent", tries: 2 }, 1, "again"],
  ["is dropped after the third try", { outcome: "unsent", tries: 3 }, 1, "dropped"],
  ["is not tried a fourth time after a crash", { outcome: "sent", name: "purchase", tries: 4 }, 0, "dropped"],
  ["is dropped when it was refused", { outcome: "refused" }, 1, "dropped"],
  ["is not sent twice when it may have been received", { outcome: "unknown" }, 1, "dropped"],
  ["as a purchase is sent again even then", { outcome: "unknown", name: "purchase" }, 1, "again"],
  ["as a refund is sent again even then", { outcome: "unknown", name: "refund" }, 1, "again"],
  ["is not sent again after a crash", { outcome: "sent", isUnclear: true }, 0, "dropped"],
  [
    "as a purchase is sent again after a crash",
    { outcome: "sent", name: "purchase", isUnclear: true },
    1,
    "sent",
  ],
  ["is sent when it is 72 hours old", { outcome: "sent", hours: 72 }, 1, "sent"],
  ["is dropped when it is older", { outcome: "sent", name: "purchase", hours: 72.01 }, 0, "dropped"],
];
for (const [what, situation, calls, end] of ROWS) {
  Deno.test(`an event ${what}`, async () => {
    assert.deepEqual(await fate(situation), { calls, end });
  });
}
