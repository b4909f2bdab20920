import assert from "node:assert/strict";
import { slackAlerts } from "../../adapters/slack/alerts.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import { freePort } from "../support/postgres_cluster.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

async function post(
  sandbox: Sandbox,
  alert = { subject: "Stripe is silent", text: "No event." },
  url?: string,
) {
  const webhook = slackAlerts({ url: url ?? sandbox.environment.ALERT_WEBHOOK_URL!, shopName: "11Tutors" }, {
    timeoutMs: 1500,
  });
  const result = await webhook.post(alert, () => Promise.resolve());
  assert.ok(!JSON.stringify(result).includes("/services/"), "no reason names the URL, which is a secret");
  return result;
}

sandboxTest("an alert is posted as text, in which nothing of an error mentions or links", async (sandbox) => {
  const alert = {
    subject: "A job was given up: close_page",
    text: "It says: <!channel> & <https://x.example|y> @everyone [y](https://x.example)",
  };
  assert.deepEqual(await post(sandbox, alert), { outcome: "accepted" });
  assert.deepEqual(sandbox.posts.map(({ text }) => text), [
    "*[11Tutors] A job was given up: close_page*\nIt says: &lt;!channel&gt; &amp; &lt;https://x.example|y&gt; " +
    "@\u200beveryone [y]\u200b(https://x.example)",
  ]);
});

sandboxTest("an alert of any length is one that Discord takes too, and whole characters", async (sandbox) => {
  for (const text of ["x".repeat(50_000), "😀".repeat(50_000), "x" + "😀".repeat(50_000)]) {
    assert.deepEqual(await post(sandbox, { subject: "Long", text }), { outcome: "accepted" });
    assert.equal(sandbox.posts[0]!.text.length, 2000);
    assert.ok(sandbox.posts[0]!.text.isWellFormed());
  }
});

sandboxTest("a webhook that fails in any way keeps the alert", async (sandbox) => {
  const outcomes: Record<string, unknown> = {};
  for (const fault of ["busy", "refused", "down", "silent", "nonsense"] as const) {
    sandbox.faults.set("alerts", fault);
    outcomes[fault] = (await post(sandbox)).outcome;
  }
  assert.deepEqual(outcomes, {
    busy: "not_now",
    refused: "not_now",
    down: "not_now",
    silent: "unknown",
    nonsense: "not_now",
  });
  sandbox.faults.set("alerts", "busy");
  assert.equal((await post(sandbox) as { retryAfter?: number }).retryAfter, 30);
  sandbox.faults.set("alerts", null);
  const revoked = `${sandbox.origin}/services/T/B/gone`;
  assert.equal((await post(sandbox, undefined, revoked)).outcome, "not_now");
  const nobody = `http://127.0.0.1:${freePort()}/services/T/B/X`;
  assert.deepEqual(await post(sandbox, undefined, nobody), {
    outcome: "not_now",
    reason: "the webhook cannot be reached",
  });
  assert.deepEqual(sandbox.posts, []);
});
