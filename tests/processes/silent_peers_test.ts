// Every adapter that speaks to something outside the process, held against peers that take a connection and then say
// nothing, or stop in the middle of an answer. None of them may keep a request waiting for longer than its own
// deadline.
import assert from "node:assert/strict";
import { dnsPublicHosts } from "../../adapters/dns/public_hosts.ts";
import { ask } from "../../adapters/edge/ask.ts";
import { postJson } from "../../adapters/google_analytics/post.ts";
import { intercomDesk } from "../../adapters/intercom/desk.ts";
import { connectElasticsearch } from "../../adapters/elasticsearch/client.ts";
import { elasticsearchEngine } from "../../adapters/elasticsearch/engine.ts";
import { mailgunMailer } from "../../adapters/mailgun/mailer.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { r2Files } from "../../adapters/r2/files.ts";
import { setUpStorage } from "../../adapters/r2/setup.ts";
import { redisLimits } from "../../adapters/rate_limiter/limits.ts";
import { sentryFaults } from "../../adapters/sentry/faults.ts";
import { sendgridMailer } from "../../adapters/sendgrid/mailer.ts";
import { slackAlerts } from "../../adapters/slack/alerts.ts";
import { smtpMailer } from "../../adapters/smtp/mailer.ts";
import { postOnDeploy } from "../../adapters/standard_webhooks/post_on_deploy.ts";
import { postOnce } from "../../adapters/standard_webhooks/post_once.ts";
import { standardWebhookMessenger } from "../../adapters/standard_webhooks/messenger.ts";
import { stripeBooks, stripeRefunds } from "../../adapters/stripe/books.ts";
import { stripeDisputes } from "../../adapters/stripe/disputes.ts";
import { stripePayments } from "../../adapters/stripe/payments.ts";
import { twilioTexter } from "../../adapters/twilio/texter.ts";
import { vdocipherVideos } from "../../adapters/vdocipher/videos.ts";
import { argon2Passwords } from "../../adapters/argon2/passwords.ts";
import { codeIn, ROOT } from "../support/code.ts";
import { ada, limits } from "../support/tries.ts";

/** How long each is given, in milliseconds, and how long it may take all the same on a busy machine, with its second try. */
const GIVEN = 150;
const LONGEST = 5000;

type Peer = { name: string; port: number; stop(): void };

/** A server that says so much to whoever connects, or once it is asked, and then nothing. */
function peer(name: string, words: { first?: string; answer?: string; dribbles?: boolean }): Peer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const say = (connection: Deno.Conn, text: string) => connection.write(new TextEncoder().encode(text));
  (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      (async () => {
        if (words.first) await say(connection, words.first);
        while (words.dribbles) {
          await say(connection, "2");
          await new Promise((resolve) => setTimeout(resolve, GIVEN / 3));
        }
        const bytes = new Uint8Array(4096);
        for (let asked = 0; await connection.read(bytes) !== null; asked++) {
          if (asked === 0 && words.answer) await say(connection, words.answer);
        }
      })().catch(() => {});
    }
  })();
  return {
    name,
    port: listener.addr.port,
    stop() {
      listener.close();
      for (const connection of connections) connection.close();
    },
  };
}

const silent = () => peer("silent", {});
const half = () =>
  peer("half an answer", {
    answer: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
  });
/** Says something often enough not to be called silent, and never anything whole. */
const dribbles = () => peer("dribbles", { dribbles: true });
const greets = () => peer("greets", { first: "220 mail.example ESMTP\r\n" });

const mail = {
  id: crypto.randomUUID(),
  to: "ada@example.com",
  subject: "Hello",
  text: "Hello",
  html: "<p>Hello</p>",
  unsubscribeUrl: null,
  date: new Date(),
};
const sms = { id: crypto.randomUUID(), to: "+4915123456789", text: "Hello", validSeconds: 600 };
const texter = (port: number) =>
  twilioTexter(
    {
      accountSid: "AC",
      authToken: "t",
      previousAuthToken: null,
      sender: { from: "Shop" },
      apiUrl: `http://127.0.0.1:${port}`,
    },
    { statusUrl: () => "", timeoutMs: GIVEN },
  );
const sender = { from: "shop@example.com", shopName: "Shop" };
const noted = () => Promise.resolve();
const order = {
  orderId: crypto.randomUUID(),
  attempt: 1,
  currency: "usd",
  studentId: crypto.randomUUID(),
  customerEmail: "ada@example.com",
  lines: [{ name: "Algebra", amount: 100n, courseId: crypto.randomUUID() }],
};

type Call = (port: number) => Promise<unknown>;
type Held = { peers: (() => Peer)[]; calls: Record<string, Call> };

const stripe = (port: number) => ({
  secretKey: "sk_test_1",
  apiUrl: `http://127.0.0.1:${port}`,
  frontendUrl: "https://shop.example",
  livemode: false,
  tryMs: GIVEN,
});
const r2 = (port: number) => ({
  accessKeyId: "a",
  secretAccessKey: "b",
  bucket: "c",
  endpointUrl: `http://127.0.0.1:${port}`,
});
const files = (port: number) => r2Files(r2(port), { timeoutMs: GIVEN });
const file = { contentType: "text/plain", readers: "entitled" } as const;
const desk = (port: number) =>
  intercomDesk({ accessToken: "t", apiUrl: `http://127.0.0.1:${port}` }, { timeoutMs: GIVEN });
const contact = { userId: "u", email: mail.to, name: "Ada", role: "user", signedUpAt: mail.date } as const;
const happening = {
  userId: "u",
  name: "refunded",
  at: mail.date,
  course: null,
  orderId: null,
  amount: null,
} as const;
const messenger = (post: typeof postOnce) =>
  standardWebhookMessenger({
    allowsLocal: true,
    timeoutMs: GIVEN,
    addressesOf: () => Promise.resolve([]),
    post,
  });
const hook = (port: number) => ({ url: `http://127.0.0.1:${port}/`, secrets: ["whsec_c2VjcmV0"] });
const event = { id: "1", body: "{}", now: new Date() };
const elastic = (port: number) => connectElasticsearch({ url: `http://127.0.0.1:${port}`, apiKey: "k" });
const ended = async (items: AsyncIterable<unknown>) => {
  for await (const _ of items);
};

/** By the file that reaches out. The test below finds one that is missing here. */
const HELD: Record<string, Held> = {
  "adapters/stripe/client.ts": {
    peers: [silent, half, dribbles],
    calls: {
      pay: (port) => stripePayments(stripe(port)).openPage(order as never),
      refund: (port) =>
        stripeRefunds(stripe(port)).submit(
          { id: "r", paymentIntentId: "pi_1", amount: 1n, currency: "usd" } as never,
        ),
      "look up": (port) => stripeBooks(stripe(port)).session("cs_1"),
      dispute: (port) => stripeDisputes(stripe(port)).submit("dp_1", {} as never),
    },
  },
  "adapters/vdocipher/client.ts": {
    peers: [silent, half, dribbles],
    calls: {
      video: (port) =>
        vdocipherVideos({ secretKey: "k", apiUrl: `http://127.0.0.1:${port}`, webhookSecret: null }, {
          timeoutMs: GIVEN,
        }).status("v"),
    },
  },
  "adapters/r2/files.ts": {
    peers: [silent, half, dribbles],
    calls: {
      put: (port) => files(port).put("a", new Uint8Array(10), file),
      describe: (port) => files(port).describe("a"),
      read: (port) => files(port).read("a", 0, 10, "etag"),
      copy: (port) => files(port).copy("a", "b", { etag: "etag", ...file }),
      remove: (port) => files(port).remove(["a", "b"]),
      list: (port) => ended(files(port).list("a")),
    },
  },
  "adapters/r2/setup.ts": {
    peers: [silent, half, dribbles],
    calls: {
      "set up": (port) => setUpStorage({ r2: r2(port), corsOrigins: [] }, { apply: true, timeoutMs: GIVEN }),
    },
  },
  "adapters/sendgrid/mailer.ts": {
    peers: [silent, half, dribbles],
    calls: {
      send: (port) =>
        sendgridMailer(
          { transport: "sendgrid", apiKey: "k", apiUrl: `http://127.0.0.1:${port}`, ...sender },
          {
            timeoutMs: GIVEN,
          },
        ).send(mail, noted),
    },
  },
  "adapters/mailgun/mailer.ts": {
    peers: [silent, half, dribbles],
    calls: {
      send: (port) =>
        mailgunMailer(
          { transport: "mailgun", apiKey: "k", domain: "d", apiUrl: `http://127.0.0.1:${port}`, ...sender },
          { timeoutMs: GIVEN },
        ).send(mail, noted),
    },
  },
  "adapters/smtp/mailer.ts": {
    peers: [silent, greets, dribbles],
    calls: {
      async send(port) {
        const mailer = smtpMailer(
          {
            transport: "smtp",
            host: "127.0.0.1",
            port,
            user: "u",
            password: "p",
            caCertificate: null,
            ...sender,
          },
          { connectionMs: GIVEN, answerMs: GIVEN, totalMs: 2 * GIVEN },
        );
        await mailer.send(mail, noted);
        mailer.close();
      },
    },
  },
  "adapters/twilio/texter.ts": {
    peers: [silent, half, dribbles],
    calls: {
      send: (port) => texter(port).send(sms, noted),
      find: (port) => texter(port).find(sms, new Date()),
    },
  },
  "adapters/slack/alerts.ts": {
    peers: [silent, half, dribbles],
    calls: {
      post: (port) =>
        slackAlerts({ url: `http://127.0.0.1:${port}`, shopName: "Shop" }, { timeoutMs: GIVEN })
          .post({ subject: "Stripe is silent", text: "No event has arrived." }, noted),
    },
  },
  "adapters/dns/public_hosts.ts": {
    peers: [silent],
    calls: {
      "look up": () =>
        dnsPublicHosts(() => new Promise(() => {}), { timeoutMs: GIVEN }).isPublic("a.example"),
    },
  },
  "adapters/rate_limiter/counters.ts": {
    peers: [silent],
    calls: {
      async count(port) {
        const counters = await redisLimits(`redis://127.0.0.1:${port}`, limits, { info() {}, warn() {} });
        await counters.count(ada);
        counters.close();
      },
    },
  },
  "adapters/sentry/faults.ts": {
    peers: [silent, half, dribbles],
    calls: {
      async report(port) {
        const dsn = `http://key@127.0.0.1:${port}/1`;
        const faults = sentryFaults({ dsn, environment: "test", release: null }, { timeoutMs: GIVEN });
        faults.report({ error: new Error("it broke") });
        await faults.close(2 * GIVEN);
      },
    },
  },
  "adapters/standard_webhooks/post_on_deploy.ts": {
    peers: [silent, half, dribbles],
    calls: { send: (port) => messenger(postOnDeploy).send(hook(port), event) },
  },
  "adapters/standard_webhooks/post_once.ts": {
    peers: [silent, half, dribbles],
    calls: { send: (port) => messenger(postOnce).send(hook(port), event) },
  },
  "adapters/edge/ask.ts": {
    peers: [silent, half, dribbles],
    calls: {
      purge: (port) => ask("Varnish", `http://127.0.0.1:${port}`, { method: "PURGE" }, GIVEN),
    },
  },
  "adapters/google_analytics/post.ts": {
    peers: [silent, half, dribbles],
    calls: {
      send: (port) => postJson(new URL(`http://127.0.0.1:${port}/?secret`), "{}", GIVEN),
      "send encrypted": (port) => postJson(new URL(`https://127.0.0.1:${port}/?secret`), "{}", GIVEN),
    },
  },
  "adapters/intercom/desk.ts": {
    peers: [silent, half, dribbles],
    calls: {
      save: (port) => desk(port).save(contact),
      record: (port) => desk(port).record(happening),
      remove: (port) => desk(port).remove({ userId: "u", contactId: "c" }),
    },
  },
  "adapters/elasticsearch/client.ts": {
    peers: [silent, half, dribbles],
    calls: {
      search: (port) => elastic(port).ask(GIVEN, (client, call) => client.search({ index: "courses" }, call)),
      write: (port) =>
        elasticsearchEngine(elastic(port), "courses", { timeoutMs: GIVEN })
          .put(["courses-1"], { version: 1n, entries: [{ id: "1", fields: null }] }),
    },
  },
  "adapters/postgres/exclusive_client.ts": {
    peers: [silent, half, dribbles],
    calls: {
      connect: (port) =>
        connect(`postgres://shop@127.0.0.1:${port}/shop`, {
          patienceMs: GIVEN,
          deadlines: { connect: GIVEN, free: GIVEN, answer: GIVEN },
        }),
    },
  },
  "adapters/argon2/passwords.ts": {
    peers: [silent],
    calls: {
      async hash() {
        const passwords = argon2Passwords({ refusalMs: 0, silenceMs: 1 });
        await passwords.hash("correct-horse").finally(passwords.close);
      },
    },
  },
};

for (const [file, { peers, calls }] of Object.entries(HELD)) {
  Deno.test({
    name: `a peer that is silent, or stops in the middle, blocks nobody: ${file}`,
    // What the libraries do on connections that were cut.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (const make of peers) {
        for (const [what, call] of Object.entries(calls)) {
          const other = make();
          let timer: ReturnType<typeof setTimeout> | undefined;
          const outcome = await Promise.race([
            call(other.port).then(() => "ended", (error: Error) => `ended: ${error.message}`),
            new Promise<string>((resolve) => timer = setTimeout(() => resolve("hangs"), LONGEST)),
          ]);
          clearTimeout(timer);
          other.stop();
          assert.match(outcome, /^ended/, `${what}, ${other.name}`);
        }
      }
    },
  });
}

Deno.test("every adapter with outgoing connections is tested against such peers", async () => {
  const reachesOut =
    /\bfetch\(|new Worker\(|from "node:(net|tls|dns|http|https|dgram)[^"]*"|import\("(redis|nodemailer|stripe|@aws-sdk\/client-s3|@elastic\/elasticsearch)"\)|Deno\.(connect|resolveDns)|\.send\(new /;
  const found: string[] = [];
  for await (const file of codeIn("adapters")) {
    if (/^adapters\/(sandbox|letters)\//.test(file)) continue;
    const code = (await Deno.readTextFile(ROOT + file)).replace(/\/\*[\s\S]*?\*\/|\/\/ .*/g, "");
    if (reachesOut.test(code)) found.push(file);
  }
  const elsewhere = [
    "adapters/jsquash/pictures.ts", // ends its worker after 30 seconds
    "adapters/pdfkit/receipts.ts", // as well
    "adapters/stripe/events.ts", // only reads signatures
  ];
  assert.deepEqual(found.sort(), [...Object.keys(HELD), ...elsewhere].sort());
});
