// Reports of errors over Sentry's own protocol, against its stand-in.
import assert from "node:assert/strict";
import { Hono } from "hono";
import { sandboxFaults } from "../../adapters/sandbox/faults.ts";
import { sentry } from "../../adapters/sandbox/sentry.tsx";
import { until } from "../support/shop.ts";
import { sentryFaults } from "../../adapters/sentry/faults.ts";

const KEY = "publickey";

/** Serves a Sentry, and reports to it. `given`: the key that the reporter has. */
async function withSentry(
  run: (
    at: {
      faults: ReturnType<typeof sentryFaults>;
      sandbox: ReturnType<typeof sandboxFaults>;
      bodies: string[];
      events: ReturnType<typeof sentry>["events"];
    },
  ) => Promise<void>,
  { key = KEY, timeoutMs = 400 }: { key?: string; timeoutMs?: number } = {},
): Promise<void> {
  const sandbox = sandboxFaults();
  const stand = sentry({ key: KEY, project: "7", faults: sandbox });
  const bodies: string[] = [];
  const app = new Hono();
  app.use(async (c, next) => {
    assert.equal(new URL(c.req.url).search, "", "the address holds a key");
    bodies.push(await c.req.text());
    await next();
  });
  app.route("/", stand.app);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.fetch);
  const dsn = `http://${key}@127.0.0.1:${server.addr.port}/sentry/7`;
  const faults = sentryFaults({ dsn, environment: "test", release: "r1" }, { timeoutMs });
  try {
    await run({ faults, sandbox, bodies, events: stand.events });
  } finally {
    await faults.close(100);
    sandbox.end();
    await server.shutdown();
  }
}

Deno.test("a report has the error, its cause, both stacks and ids, and nothing of the machine", async () => {
  await withSentry(async ({ faults, events, bodies }) => {
    const error = new TypeError("it broke", { cause: new RangeError("because of this") });
    faults.report({ error, requestId: "req-1", operation: "getCourse", userId: "user-1" });
    await faults.close(1000);
    assert.equal(events.length, 1);
    const [{ exception, tags, user, release, environment }] = events as [typeof events[0]];
    assert.deepEqual(exception?.values?.map(({ type, value }) => [type, value]), [
      ["RangeError", "because of this"],
      ["TypeError", "it broke"],
    ]);
    assert.ok(
      exception?.values?.every(({ stacktrace }) =>
        stacktrace?.frames?.at(-1)?.filename?.endsWith("sentry_test.ts")
      ),
    );
    assert.deepEqual(tags, { request_id: "req-1", operation: "getCourse" });
    assert.deepEqual(user, { id: "user-1" });
    assert.deepEqual([release, environment], ["r1", "test"]);
    assert.ok(!bodies[0]!.includes(Deno.hostname()));
  });
});

Deno.test("an error that is reported again, or seen again within a minute, is sent once", async () => {
  await withSentry(async ({ faults, events }) => {
    const make = () => new Error("the same");
    for (let time = 0; time < 5; time++) faults.report({ error: make(), operation: "getCourse" });
    const error = new Error("another");
    faults.report({ error, operation: "getCourse" });
    faults.report({ error }); // as uncaught, after its request
    await faults.close(1000);
    assert.equal(events.length, 2);
  });
});

/** What errors quote, and what of it no report may have: nothing that the random ids of a report could hold. */
const HOSTILE: [text: string, secrets: string[]][] = [
  ["no account for Ada.Lovelace+x@mail.example.com", ["Ada.Lovelace", "example.com"]],
  ["mail to ada%40example.com bounced", ["ada%40", "example.com"]],
  ["bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", ["eyJzdWIi", "c2lnbmF0dXJl"]],
  ["Authorization: Bearer abc.DEF-123_456", ["abc.DEF"]],
  ["Stripe: Invalid API Key sk_live_51Habcdefghijk and whsec_abcdefgh12345 rk_test_123456789", [
    "51Habcdefghijk",
    "abcdefgh12345",
    "123456789",
  ]],
  ["pi_3MtwBwLkdIwHu7ix_secret_YrKJUKribcBjcG8HVhfZluoGH", ["YrKJUKribcBjcG8HVhfZluoGH"]],
  [
    'duplicate key value violates unique constraint "users_email_key"\nKey (email)=(Ada (the first)) already exists.',
    [
      "the first",
    ],
  ],
  ["Failing row contains (1, Ada Lovelace, 12 Hill Street, null).", ["Lovelace", "Hill Street"]],
  ['invalid input syntax for type uuid: "Ada Lovelace"', ["Lovelace"]],
  ['value "Lovelace" is out of range: "Byron"', ["Byron"]],
  [`Unexpected token 'L', "Lovelace ..."... is not valid JSON`, ["Lovelace ..."]],
  ["error sending request for url (https://api.example/collect?api_secret=s3cr3t&q=how+to+love): refused", [
    "s3cr3t",
    "how+to+love",
  ]],
  ["GET /api/courses/courses/?search=my+private+search failed", ["private"]],
  ["Invalid URL: 'Lovelace street'", ["Lovelace"]],
  ['column "title" of relation "courses" has "Lovelace Ada" in it', ["Lovelace"]],
  ['no such thing: {"password":"hunter2","title":"Lovelace"}', ["hunter2", "Lovelace"]],
  ['he typed "Sweet \\"Lovelace lane\\" 1" here', ["Lovelace"]],
  ['two lines of invalid input: "Ada\nLovelace"', ["Ada", "Lovelace"]],
  [`long: invalid input syntax for type uuid: "${"Lovelace ".repeat(500)}"`, ["Lovelace"]],
  [`she typed "${"Lovelace ".repeat(500)}"`, ["Lovelace"]],
  ["postgres://shop:hunter2@db.example:5432/shop refused", ["hunter2"]],
  ["SMS to +44 (0)20 7946-0958 from 203.0.113.42", ["7946-0958", "203.0.113"]],
  ["card 4242 4242 4242 4242 was declined", ["4242 4242"]],
  ["refresh 8f14e45fceea167a5a36dedd4bea2543f14e45fceea167a5", ["8f14e45fceea"]],
  ["oops\n    at lovelace (https://x.example/?token=zyxwvuts:1:2)", ["zyxwvuts"]],
];

Deno.test("no report has an address, a token, a secret, a value of a row or a query in it", async () => {
  await withSentry(async ({ faults, bodies }) => {
    for (const [text] of HOSTILE) {
      faults.report({ error: new Error(text) });
      faults.report({ error: new Error("outer", { cause: new Error(text) }), operation: text.slice(0, 5) });
    }
    // What is thrown need not be an error.
    faults.report({ error: { email: "ada@example.com", name: "Lovelace" } });
    faults.report({ error: "thrown: ada@example.com" });
    faults.report({
      error: Object.assign(new Error("row"), { detail: "Lovelace", query: "select 'Byron'" }),
    });
    await faults.close(2000);
    const sent = bodies.join("\n");
    assert.equal(bodies.length, 2 * HOSTILE.length + 3);
    const leaked = [...HOSTILE.flatMap(([, secrets]) => secrets), "ada@", "Byron"].filter((secret) =>
      sent.includes(secret)
    );
    assert.deepEqual(leaked, []);
    assert.match(sent, /users_email_key/); // what helps is kept
    assert.match(sent, /invalid input syntax for type uuid/);
  });
});

for (const fault of ["silent", "down", "busy", "nonsense", "refused"] as const) {
  Deno.test(`a Sentry that is ${fault} takes no time of the caller and a second of a stop at most`, async () => {
    await withSentry(async ({ faults, sandbox, events }) => {
      sandbox.set("errors", fault);
      const begun = performance.now();
      faults.report({ error: new Error("first") });
      assert.ok(performance.now() - begun < 20, "the report waits");
      await new Promise((resolve) => setTimeout(resolve, 50));
      faults.report({ error: new Error("second") });
      const stopping = performance.now();
      await faults.close(1000);
      assert.ok(performance.now() - stopping < 1300, `the stop took ${performance.now() - stopping} ms`);
      assert.deepEqual(events, []);
    }, { timeoutMs: 3000 });
  });
}

Deno.test("a Sentry that is busy is left alone until it said", async () => {
  await withSentry(async ({ faults, sandbox, bodies, events }) => {
    sandbox.set("errors", "busy"); // for 30 seconds
    faults.report({ error: new Error("first") });
    await until(() => Promise.resolve(bodies.length > 0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    sandbox.set("errors", null);
    faults.report({ error: new Error("second") });
    await faults.close(1000);
    assert.deepEqual([bodies.length, events.length], [1, 0]);
  });
});

Deno.test("Sentry's stand-in refuses a wrong key", async () => {
  await withSentry(async ({ faults, events, bodies }) => {
    faults.report({ error: new Error("first") });
    await faults.close(1000);
    assert.deepEqual([bodies.length, events.length], [1, 0]);
  }, { key: "another" });
});
