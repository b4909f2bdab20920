import assert from "node:assert/strict";
import { postgresGauges } from "../../../../adapters/postgres/operations/watch.ts";
import { connect } from "../../../../adapters/postgres/connection.ts";
import { databaseTest } from "../../../support/test_database.ts";

type Plan = { "Node Type": string; "Relation Name"?: string; "Actual Rows": number; Plans?: Plan[] };

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

databaseTest(
  "the gauges take one query, which reads nothing of what is old and done",
  async ({ sql, url }) => {
    await sql`
    insert into orders (student_id, student_email, state, subtotal_amount, total_amount, currency, session_expires_at,
      created_at, paid_at)
    select 'u' || n, 'x', 'paid', 1, 1, 'usd', now(), now() - interval '3 days', now() from generate_series(1, 20000) n`;
    await sql`
    insert into webhook_events (endpoint, event_id, type, payload, outcome, received_at)
    select 'main', 'evt_' || n, 't', '{}', 'accepted', now() - interval '3 days' from generate_series(1, 20000) n`;
    await sql`
    insert into pgboss.job (name, data, state, created_on, completed_on, singleton_on, singleton_key)
    select 'jobs', '{"kind":"reconcile"}', 'completed', now() - interval '3 days', now() - interval '3 days',
      now() - interval '3 days' - n * interval '1 s', 'reconcile'
    from generate_series(1, 20000) n`;
    await sql`
    insert into refunds (payment_intent_id, amount, currency, status, origin)
    select 'pi' || n, 1, 'usd', 'succeeded', 'student' from generate_series(1, 20000) n`;
    await sql`analyze`;
    const statements: string[] = [];
    const watched = await connect(url, { max: 1, onStatement: (text) => void statements.push(text) });
    try {
      statements.length = 0;
      const gauges = await postgresGauges(watched).read();
      assert.equal(statements.length, 1);
      assert.ok(!gauges.some(({ name }) => name === "orders"), "orders of three days ago count");
    } finally {
      await watched.end({ timeout: 1 });
    }
    const [explained] = await sql.unsafe(`explain (analyze, format json) ${statements[0]}`);
    const [{ Plan: plan }] = explained!["QUERY PLAN"] as [{ Plan: Plan }];
    const greedy = nodesOf(plan).filter((node) => node["Actual Rows"] > 100);
    assert.deepEqual(greedy.map((node) => `${node["Node Type"]} ${node["Relation Name"] ?? ""}`), []);
    const scanned = nodesOf(plan).filter((node) => node["Node Type"] === "Seq Scan");
    const small = ["disputes", "invariant_checks", "stale_tags", "payments", "mails"]; // of these, the last two are empty here
    assert.deepEqual(
      scanned.map((node) => node["Relation Name"]).filter((name) => !small.includes(name!)),
      [],
    );
  },
  { isFresh: true },
);
