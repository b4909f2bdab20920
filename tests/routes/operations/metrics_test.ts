// What Prometheus reads, and the rules and the dashboard that are made of it, held by Prometheus' own tool.
import assert from "node:assert/strict";
import dashboard from "../../../adapters/prometheus/dashboard.json" with { type: "json" };
import { MEASURED } from "../../../adapters/prometheus/metrics.ts";
import { GAUGES } from "../../../domain/operations/ports.ts";
import { ROOT } from "../../support/code.ts";
import { hasPromtool, promtool } from "../../support/promtool.ts";
import { purchase } from "../../support/purchases.ts";
import { addCourse, shopTest, signUp, type TestShop } from "../../support/shop.ts";

const TOKEN = "a-token-for-prometheus";
const METRICS = { environment: { METRICS_TOKEN: TOKEN } };
const FOLDER = `${ROOT}adapters/prometheus`;

const ask = (shop: TestShop, token: string) =>
  fetch(`${shop.api}/metrics`, { headers: { authorization: `Bearer ${token}` } });

async function metricsOf(shop: TestShop): Promise<string> {
  const response = await ask(shop, TOKEN);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  return await response.text();
}

/** The value of a series, written as in the rules. */
function valueOf(text: string, series: string): number {
  const line = text.split("\n").find((line) => line.startsWith(`${series} `));
  assert.ok(line, `${series} is missing:\n${text}`);
  return Number(line.slice(series.length));
}

/** Does everything of which there is a metric, at least once. */
async function liveThrough(shop: TestShop): Promise<void> {
  await purchase(shop);
  await shop.drainJobs();
  await shop.sql`
    insert into webhook_events (endpoint, event_id, type, payload, outcome, received_at)
    values ('main', 'evt_dead', 't', '{}', 'dead', now()),
      ('main', 'evt_late', 't', ${shop.sql.json({ created: Date.now() / 1000 - 400 })}, 'accepted', now()),
      ('main', 'evt_odd', 't', '{"created":"soon"}', 'accepted', now())`;
  await shop.sql`
    insert into refunds (payment_intent_id, amount, currency, status, origin) values ('pi', 1, 'usd', 'requested', 'student')`;
  await shop.sql`
    insert into disputes (id, payment_intent_id, amount, currency, status, observed_at)
    values ('dp', 'pi', 1, 'usd', 'won', now())`;
  await shop.sql`
    insert into mails (kind, subject, notice, is_bulk, lane, due_at)
    values ('operator_alert', 'late', '{}', true, 4, now() - interval '2 hours')`;
  await shop.sql`
    insert into pgboss.job (name, data, start_after)
    values ('jobs', '{"kind":"purge_limits"}', now() - interval '5 minutes'), ('dead_jobs', '{"kind":"reconcile"}', now())`;
}

shopTest("metrics count what waits and what went wrong, for callers with the token", async (shop) => {
  for (const token of ["", "wrong", `${TOKEN}x`]) {
    const refused = await ask(shop, token);
    await refused.body?.cancel();
    assert.equal(refused.status, 401);
  }
  await liveThrough(shop);
  const text = await metricsOf(shop);
  const value = (series: string) => valueOf(text, series);
  assert.match(text, /^# TYPE shop_orders gauge$/m);
  assert.equal(value('shop_orders{state="paid"}'), 1);
  assert.equal(value('shop_payment_events{outcome="dead"}'), 1);
  assert.equal(value("shop_dead_payment_events"), 1);
  assert.ok(value("shop_webhook_lag_seconds") >= 400 && value("shop_webhook_lag_seconds") < 460);
  assert.equal(value('shop_refunds_under_way{status="requested"}'), 1);
  assert.equal(value('shop_broken_invariants{invariant="1"}'), 0);
  assert.ok(value("shop_seconds_since_invariants_checked") < 60);
  assert.equal(value('shop_jobs{kind="purge_limits",state="created"}'), 1);
  assert.ok(value('shop_oldest_due_job_seconds{kind="purge_limits"}') >= 300);
  assert.ok(value('shop_seconds_since_recurring_job{kind="reconcile"}') < 60);
  assert.equal(value("shop_dead_jobs"), 1);
  assert.ok(value('shop_mails{state="queued"}') >= 1);
  assert.ok(value("shop_oldest_due_mail_seconds") >= 7200);
  assert.ok(value('shop_database_connections{state="idle"}') >= 1);
  assert.equal(value("shop_database_waiting"), 0);
}, METRICS);

shopTest("requests, calls to vendors and jobs are measured by operation and outcome", async (shop) => {
  const { token } = await signUp(shop);
  await shop.call("GET", "/api/auth/users/me/", { token });
  assert.equal((await shop.call("GET", "/api/courses/courses/no-such-course/")).status, 404);
  const stray = await fetch(`${shop.api}/no/such/path-${crypto.randomUUID()}`);
  await stray.body?.cancel();
  const { preview } = await addCourse(shop.sql);
  shop.sandbox.faults.set("video", "down");
  assert.equal((await shop.call("GET", `/api/courses/lessons/${preview}/`)).status, 200);
  shop.sandbox.faults.set("files", "down");
  await shop.drainJobs();
  const text = await metricsOf(shop);
  const value = (series: string) => valueOf(text, series);
  assert.equal(value('shop_requests_total{operation="registerStudent",status="2xx"}'), 1);
  assert.equal(value('shop_requests_total{operation="getCourse",status="4xx"}'), 1);
  assert.equal(value('shop_requests_total{operation="other",status="4xx"}'), 1);
  assert.equal(value('shop_request_duration_seconds_count{operation="createToken"}'), 1);
  assert.ok(value('shop_request_duration_seconds_sum{operation="createToken"}') > 0.001);
  assert.equal(value('shop_vendor_call_duration_seconds_count{vendor="vdocipher",outcome="unavailable"}'), 1);
  assert.ok(value('shop_vendor_call_duration_seconds_count{vendor="smtp",outcome="done"}') >= 1);
  assert.equal(value('shop_job_duration_seconds_count{kind="sweep_files",outcome="unavailable"}'), 1);
  assert.ok(value('shop_job_duration_seconds_count{kind="watch_payments",outcome="done"}') >= 1);
  assert.doesNotMatch(text, /no-such|ada@|path-/, "a label holds what a request said");
}, METRICS);

shopTest("without a token configured there are no metrics", async (shop) => {
  const response = await fetch(`${shop.api}/metrics`);
  await response.body?.cancel();
  assert.equal(response.status, 404);
});

shopTest("the metrics are sound, and have all that the rules and the dashboard ask for", async (shop) => {
  await liveThrough(shop);
  await metricsOf(shop);
  const text = await metricsOf(shop);
  const names = new Set(text.match(/^shop_\w+/gm));
  for (const name of Object.keys({ ...GAUGES, ...MEASURED })) {
    assert.ok(text.includes(`# HELP shop_${name} `), `shop_${name} is missing`);
  }
  const rules = await Deno.readTextFile(`${FOLDER}/alerts.yaml`);
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const asked = [rules, ...expressions].flatMap((text) => text.match(/\bshop_\w+/g) ?? []);
  assert.deepEqual([...new Set(asked)].filter((name) => !names.has(name)), []);
  assert.ok(new Set(asked).size > 20);
  if (!hasPromtool) return;
  const { success, said } = await promtool(["check", "metrics"], text);
  assert.ok(success && said === "", said);
}, METRICS);

Deno.test({
  name: "Prometheus accepts the rules and the dashboard, and sees each rule fire and stay silent",
  ignore: !hasPromtool,
  async fn() {
    const checked = await promtool(["check", "rules", `${FOLDER}/alerts.yaml`]);
    assert.ok(checked.success, checked.said);
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const recorded = expressions.map((expr, index) => ({
      record: `panel_${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules: recorded }] }));
      const panels = await promtool(["check", "rules", file]);
      assert.ok(panels.success, panels.said);
    } finally {
      await Deno.remove(file);
    }
    const tested = await promtool(["test", "rules", `${FOLDER}/alerts_test.yaml`]);
    assert.ok(tested.success, tested.said);
    const [rules, tests] = await Promise.all(
      ["alerts.yaml", "alerts_test.yaml"].map((name) => Deno.readTextFile(`${FOLDER}/${name}`)),
    );
    for (const [, name] of rules!.matchAll(/- alert: (\w+)/g)) {
      const cases = tests!.split("- interval:").filter((text) => text.includes(`alertname: ${name}\n`));
      const [silent, firing] = [true, false].map((is) => cases.some((text) => text.includes("[]") === is));
      assert.ok(silent && firing, `alerts_test.yaml does not see ${name} both fire and stay silent`);
    }
  },
});

Deno.test("each alert rule names an entry of the runbook", async () => {
  const rules = await Deno.readTextFile(`${FOLDER}/alerts.yaml`);
  const guide = await Deno.readTextFile(`${ROOT}adapters/config/deploy.md`);
  const runbook = guide.slice(guide.indexOf("\n## Runbook\n"));
  const entries = [...runbook.matchAll(/^#{3,4} (.+)$/gm)].map(([, text]) =>
    text!.toLowerCase().replaceAll(" ", "-")
  );
  const blocks = rules.split("- alert: ").slice(1);
  assert.ok(blocks.length >= 15);
  for (const block of blocks) {
    const [, entry] = block.match(/^ +runbook: adapters\/config\/deploy\.md#(\S+)$/m) ?? [];
    assert.ok(entry && entries.includes(entry), block);
  }
});
