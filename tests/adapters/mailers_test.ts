import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { consoleMailer } from "../../adapters/console/mailer.ts";
import { mailgunMailer } from "../../adapters/mailgun/mailer.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import { smtpSandbox } from "../../adapters/sandbox/smtp.ts";
import { sendgridMailer } from "../../adapters/sendgrid/mailer.ts";
import { smtpMailer } from "../../adapters/smtp/mailer.ts";
import type { Mail, Mailer } from "../../domain/notifications/mails/ports.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

const from = "shop@11tutors.test";
const shopName = "11Tutors";
const mail: Mail = {
  id: "6f0e4f4c",
  to: "ada@example.com",
  subject: "Grüße",
  text: "Hello",
  html: "<p>Hello</p>",
  unsubscribeUrl: "https://api.example/unsubscribe/?token=x",
  date: new Date("2026-03-01T08:15:00Z"),
};

type Change = { password?: string; caCertificate?: null; port?: number };
const smtpOf = ({ environment: env }: Sandbox, change: Change = {}, answerMs = 10_000) =>
  smtpMailer({
    transport: "smtp",
    host: env.EMAIL_HOST!,
    port: Number(env.EMAIL_PORT),
    user: env.EMAIL_HOST_USER!,
    password: env.EMAIL_HOST_PASSWORD!,
    caCertificate: env.EMAIL_CA_CERTIFICATE!,
    from,
    shopName,
    ...change,
  }, { connectionMs: 10_000, answerMs, totalMs: 20_000 });
const sendgridOf = ({ environment: env }: Sandbox, apiKey = env.SENDGRID_API_KEY!) =>
  sendgridMailer({ transport: "sendgrid", apiKey, apiUrl: env.SENDGRID_API_URL!, from, shopName });
const mailgunOf = ({ environment: env }: Sandbox, apiKey = env.MAILGUN_API_KEY!) =>
  mailgunMailer({
    transport: "mailgun",
    apiKey,
    domain: env.MAILGUN_DOMAIN!,
    apiUrl: env.MAILGUN_API_URL!,
    from,
    shopName,
  });

/** Sends and tells what came of it, and whether the mail was handed over first. */
async function attempt(mailer: Mailer, change: Partial<Mail> = {}) {
  let handedOver = false;
  const delivery = await mailer.send({ ...mail, ...change }, () => {
    handedOver = true;
    return Promise.resolve();
  });
  return {
    handedOver,
    outcome: delivery.outcome,
    reason: "reason" in delivery ? delivery.reason : "",
    delivery,
  };
}

/** Closes a pool, whose connections take a moment to go. */
async function closed(mailer: { close(): void }) {
  mailer.close();
  await new Promise((resolve) => setTimeout(resolve, 250));
}

async function mailbox(sandbox: Sandbox) {
  const { messages } = await (await fetch(`${sandbox.origin}/mailbox/api/messages`)).json();
  return messages;
}

sandboxTest(
  "every transport delivers a mail with text, HTML, message id and one-click unsubscribe",
  async (sandbox) => {
    const smtp = smtpOf(sandbox);
    for (const mailer of [smtp, sendgridOf(sandbox), mailgunOf(sandbox)]) {
      assert.deepEqual((await attempt(mailer)).delivery, { outcome: "accepted" });
      const [received] = await mailbox(sandbox);
      assert.deepEqual(
        [received.to, received.from, received.subject, received.text.trim(), received.html],
        [["ada@example.com"], '"11Tutors" <shop@11tutors.test>', "Grüße", "Hello", "<p>Hello</p>"],
      );
      assert.equal(received.messageId, "<6f0e4f4c@11tutors.test>");
      assert.equal(received.headers["list-unsubscribe"], "<https://api.example/unsubscribe/?token=x>");
      assert.equal(received.headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    }
    const [{ id }, , { headers }] = await mailbox(sandbox);
    assert.equal(headers.date, "Sun, 01 Mar 2026 08:15:00 +0000", "where it is ours to say");
    assert.match(await (await fetch(`${sandbox.origin}/mailbox`)).text(), /Grüße/);
    const framed = await fetch(`${sandbox.origin}/mailbox/${id}/html`);
    assert.match(framed.headers.get("content-security-policy")!, /sandbox.*default-src 'none'/);
    await framed.body?.cancel();
    await closed(smtp);
  },
);

Deno.test("a link of any length arrives whole, in lines that every server accepts", async () => {
  const received: string[] = [];
  const account = { user: "shop", password: "password" };
  const server = await smtpSandbox({
    state: new DatabaseSync(":memory:"),
    port: 0,
    ...account,
    receive: (raw) => void received.push(new TextDecoder().decode(raw)),
  });
  const { port, caCertificate } = server;
  const mailer = smtpMailer({
    transport: "smtp",
    host: "localhost",
    port,
    ...account,
    caCertificate,
    from,
    shopName,
  });
  const link = `https://api.example/api/auth/reset-password/?token=${"aB-_9.=".repeat(150)}`;
  const unsubscribeUrl = link.slice(0, 500);
  for (const greeting of ["Hello,", "Здравствуйте, Иван!"]) {
    const text = `${greeting}\n\nChoose a new password:\n${link}\n`;
    await attempt(mailer, {
      text,
      html: `<p>${greeting} <a href="${link}">Choose</a></p>`,
      unsubscribeUrl,
    });
    const raw = received.pop()!;
    const [header, ...body] = raw.split("\r\n\r\n");
    assert.ok(header!.split("\r\n").every((line) => line.length <= 998), "RFC 5322 (2.1.1)");
    assert.ok(body.join("\r\n").split("\r\n").every((line) => line.length <= 76), "RFC 2045 (6.7)");
    const parsed = await simpleParser(raw);
    assert.ok(parsed.text!.split("\n").includes(link));
    assert.ok(parsed.html && parsed.html.includes(`href="${link}"`));
    const list = parsed.headers.get("list") as { unsubscribe: { url: string } };
    assert.equal(list.unsubscribe.url, unsubscribeUrl);
  }
  await closed(mailer);
  await server.stop();
});

sandboxTest(
  "a subject or address can add no header and no recipient, by any transport",
  async (sandbox) => {
    const smtp = smtpOf(sandbox);
    for (const mailer of [smtp, sendgridOf(sandbox), mailgunOf(sandbox)]) {
      await attempt(mailer, { subject: "Hi\r\nBcc: eve@example.com" });
      const [received] = await mailbox(sandbox);
      assert.deepEqual([received.to, received.headers.bcc], [["ada@example.com"], undefined]);
      const before = (await mailbox(sandbox)).length;
      await attempt(mailer, { to: "ada@example.com\r\nRCPT TO:<eve@example.com>" });
      const after = await mailbox(sandbox);
      assert.ok(
        after.slice(0, after.length - before).every(({ to }: { to: string[] }) =>
          !to.includes("eve@example.com")
        ),
      );
    }
    await closed(smtp);
  },
);

sandboxTest(
  "over SMTP nothing is sent without a trusted certificate and the right password, and the mail is not blamed",
  async (sandbox) => {
    for (
      const [change, reason] of [
        [{ password: "wrong" }, /EAUTH/],
        [{ caCertificate: null }, /certificate|UnknownIssuer|self.signed/i],
        [{ port: freePort() }, /ECONNREFUSED/],
      ] as [Change, RegExp][]
    ) {
      const mailer = smtpOf(sandbox, change);
      const { outcome, handedOver, reason: why } = await attempt(mailer);
      assert.deepEqual([outcome, handedOver], ["not_now", false], why);
      assert.match(why, reason);
      await closed(mailer);
    }
    assert.deepEqual(await mailbox(sandbox), []);
  },
);

Deno.test("over SMTP nothing is sent to a server without STARTTLS", async () => {
  const told: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username }, _session, done) => (told.push(String(username)), done(null, { user: "shop" })),
    onData: (stream, _session, done) => (told.push("a mail"), stream.resume(), done()),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  const account = { host: "127.0.0.1", port, user: "shop", password: "password", caCertificate: null };
  const mailer = smtpMailer({ transport: "smtp", ...account, from, shopName });
  const { outcome, reason } = await attempt(mailer);
  assert.equal(outcome, "not_now");
  assert.match(reason, /ETLS/);
  assert.deepEqual(told, []);
  await closed(mailer);
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

sandboxTest(
  "over SMTP each response decides whether to retry, and whether the mail may have arrived",
  async (sandbox) => {
    const mailer = smtpOf(sandbox, {}, 1500);
    const expected: [string, string, boolean][] = [
      ["no-such-user@example.com", "refused", false],
      ["greylisted@example.com", "not_now", false],
      ["greylisted@example.com", "accepted", true],
      ["over-limit@example.com", "not_now", false],
      ["always-busy@example.com", "not_now", false],
      ["spam@example.com", "refused", true],
      ["hangs@example.com", "unknown", true],
      ["hangs-up@example.com", "unknown", true],
      ["ada@example.com", "accepted", true],
    ];
    for (const [to, outcome, handedOver] of expected) {
      const result = await attempt(mailer, { to });
      assert.deepEqual([to, result.outcome, result.handedOver], [to, outcome, handedOver], result.reason);
    }
    await closed(mailer);
  },
);

sandboxTest("a mail whose hand-over cannot be recorded is not sent", async (sandbox) => {
  const mailer = smtpOf(sandbox);
  const delivery = await mailer.send(mail, () => Promise.reject(new Error("the database is away")));
  assert.equal(delivery.outcome, "not_now");
  assert.deepEqual(await mailbox(sandbox), []);
  await closed(mailer);
});

sandboxTest(
  "SendGrid's and Mailgun's documented errors decide whether and when to retry",
  async (sandbox) => {
    for (
      const [right, wrongKey] of [
        [sendgridOf(sandbox), sendgridOf(sandbox, "wrong")],
        [mailgunOf(sandbox), mailgunOf(sandbox, "wrong")],
      ] as [Mailer, Mailer][]
    ) {
      const badKey = await attempt(wrongKey);
      assert.equal(badKey.outcome, "not_now");
      assert.match(badKey.reason, /answered 401/);
      const badAddress = await attempt(right, { to: "nobody" });
      assert.equal(badAddress.outcome, "refused");
      assert.match(badAddress.reason, /valid address/);
      const { delivery: limited } = await attempt(right, { to: "over-limit@example.com" });
      assert.ok(limited.outcome === "not_now" && limited.retryAfter! > 500 && limited.retryAfter! <= 600);
      assert.equal((await attempt(right, { to: "always-busy@example.com" })).outcome, "not_now");
    }
    assert.deepEqual(await mailbox(sandbox), []);
  },
);

Deno.test("if SendGrid or Mailgun does not respond, it is unknown whether they accepted the mail", async () => {
  const abort = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: abort.signal, onListen() {} },
    () => new Promise<Response>(() => {}),
  );
  const apiUrl = `http://127.0.0.1:${server.addr.port}`;
  const mailers = [
    sendgridMailer({ transport: "sendgrid", apiKey: "k", apiUrl, from, shopName }, { timeoutMs: 200 }),
    mailgunMailer({ transport: "mailgun", apiKey: "k", domain: "d", apiUrl, from, shopName }, {
      timeoutMs: 200,
    }),
  ];
  for (const mailer of mailers) assert.equal((await attempt(mailer)).outcome, "unknown");
  abort.abort();
  await server.finished;
});

Deno.test("the console transport prints a mail and sends nothing", async () => {
  const lines: string[] = [];
  assert.equal((await attempt(consoleMailer((text) => lines.push(text)))).outcome, "accepted");
  assert.match(lines[0]!, /To: ada@example\.com\nSubject: Grüße\n\nHello/);
});
