import { createHmac } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

type Options = {
  state: DatabaseSync;
  accountSid: string;
  authToken: string;
  messagingServiceSid: string;
  faults: Faults;
  log?: (line: string) => void;
};

/** An SMS as it was accepted. */
export type StoredSms = {
  sid: string;
  to: string;
  body: string;
  status: string;
  statusCallback: string;
  at: string;
};

/** Twilio's magic numbers (https://www.twilio.com/docs/iam/test-credentials), and what each is refused with. */
const MAGIC: Record<string, [code: number, message: string]> = {
  "+15005550001": [21211, "The 'To' number is not a valid phone number."],
  "+15005550002": [21612, "The 'To' number is not currently reachable via SMS."],
  "+15005550003": [21408, "Permission to send an SMS has not been enabled for the region."],
  "+15005550004": [21610, "Attempt to send to unsubscribed recipient"],
  "+15005550009": [21614, "'To' number is not a valid mobile number"],
};
/** What Twilio reports after it has accepted a message. */
const STATUSES = ["sent", "delivered"];

/**
 * Stand-in for Twilio's Messages resource, with the errors that it documents and signed status callbacks. No SMS
 * leaves: `/sandbox/sms` shows them, and lets a recipient reply STOP or START.
 */
export function twilioSandbox({ state, accountSid, authToken, messagingServiceSid, faults, log }: Options) {
  state.exec(`create table if not exists sms (sid text primary key, body text not null);
    create table if not exists sms_stopped (number text primary key)`);
  const put = (sms: StoredSms) =>
    state.prepare(
      "insert into sms (sid, body) values (?, ?) on conflict (sid) do update set body = excluded.body",
    )
      .run(sms.sid, JSON.stringify(sms));
  const all = () =>
    state.prepare("select body from sms order by rowid desc limit 500").all()
      .map(({ body }) => JSON.parse(body as string) as StoredSms);
  const hasStopped = (number: string) =>
    state.prepare("select 1 from sms_stopped where number = ?").get(number) !== undefined;

  /** Reports a status to the shop, signed. Returns the shop's response. */
  async function report(sms: StoredSms, status: string, errorCode?: number): Promise<number> {
    const fields = {
      MessageSid: sms.sid,
      MessageStatus: status,
      To: sms.to,
      AccountSid: accountSid,
      ...(errorCode ? { ErrorCode: String(errorCode) } : {}),
    };
    const text = Object.entries(fields).sort(([a], [b]) => a < b ? -1 : 1).map(([name, value]) =>
      name + value
    );
    const signature = createHmac("sha1", authToken).update(sms.statusCallback + text.join("")).digest(
      "base64",
    );
    const response = await fetch(sms.statusCallback, {
      method: "POST",
      headers: { "x-twilio-signature": signature },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(5000),
    });
    await response.body?.cancel();
    return response.status;
  }

  const reporting = new Set<Promise<void>>();
  async function deliver(sms: StoredSms) {
    for (const status of STATUSES) {
      put({ ...sms, status });
      if (sms.statusCallback) await report(sms, status);
    }
  }

  const app = new Hono();
  const base = "/twilio/2010-04-01/Accounts/:account/Messages.json";
  const refuse = (c: Context, status: 400 | 401 | 429, code: number, message: string) =>
    c.json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, status);
  app.use(base, faults.strike("sms"), async (c, next) => {
    const isKnown = c.req.header("authorization") === `Basic ${btoa(`${accountSid}:${authToken}`)}` &&
      c.req.param("account") === accountSid;
    return isKnown ? await next() : refuse(c, 401, 20003, "Authenticate");
  });

  app.post(base, async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const field = (name: string) => form.get(name) ?? "";
    const to = field("To");
    if (!/^\+[1-9]\d{6,14}$/.test(to)) return refuse(c, 400, 21211, `The 'To' number ${to} is not valid.`);
    if (field("Body") === "") return refuse(c, 400, 21602, "Message body is required.");
    if (field("Body").length > 1600) {
      return refuse(c, 400, 21617, "The message body exceeds the 1600 character limit.");
    }
    if (field("MessagingServiceSid") !== messagingServiceSid && field("From") === "") {
      return refuse(c, 400, 21603, "A 'From' phone number is required.");
    }
    const validity = field("ValidityPeriod");
    if (validity !== "" && !(Number(validity) >= 1 && Number(validity) <= 36_000)) {
      return refuse(c, 400, 90007, "Validity Period is out of range.");
    }
    const magic = MAGIC[to] ?? (hasStopped(to) ? MAGIC["+15005550004"] : undefined);
    if (magic) return refuse(c, 400, ...magic);
    const sms: StoredSms = {
      sid: `SM${crypto.randomUUID().replaceAll("-", "")}`,
      to,
      body: field("Body"),
      status: field("MessagingServiceSid") ? "accepted" : "queued",
      statusCallback: field("StatusCallback"),
      at: new Date().toISOString(),
    };
    put(sms);
    const delivering = deliver(sms).catch((error) => log?.(`no status reported: ${error}`));
    reporting.add(delivering);
    delivering.finally(() => reporting.delete(delivering));
    return c.json({ sid: sms.sid, status: sms.status, to, body: sms.body }, 201);
  });

  app.get(base, (c) =>
    c.json({
      messages: all().slice(0, Number(c.req.query("PageSize") ?? 50)).map((
        { sid, to, body, status, at },
      ) => ({
        sid,
        to,
        body,
        status,
        date_created: new Date(at).toUTCString(),
      })),
    }));

  app.get("/sandbox/sms", (c) => c.html(<Messages all={all()} hasStopped={hasStopped} />, 200, PAGE_HEADERS));
  app.post("/sandbox/sms/reply", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const sql = form.get("text") === "STOP"
      ? "insert or ignore into sms_stopped (number) values (?)"
      : "delete from sms_stopped where number = ?";
    state.prepare(sql).run(form.get("number") ?? "");
    return c.redirect("/sandbox/sms", 303);
  });

  return {
    app,
    all,
    report,
    /** Resolves when everything has been reported that was accepted. */
    async reported() {
      await Promise.all(reporting);
    },
  };
}

function Messages({ all, hasStopped }: { all: StoredSms[]; hasStopped(number: string): boolean }) {
  return (
    <Page title="SMS">
      <h1>SMS</h1>
      {all.length === 0
        ? (
          <p>
            Nothing yet. Set a number with{" "}
            <code>PUT /api/notifications/sms/</code>, and its code appears here.
          </p>
        )
        : all.map(({ to, body, status, at }) => (
          <div class="card">
            <p class="quiet">{to} · {status} · {at.slice(11, 19)} UTC</p>
            <p>{body}</p>
            <form method="post" action="/sandbox/sms/reply">
              <input type="hidden" name="number" value={to} />
              <input type="hidden" name="text" value={hasStopped(to) ? "START" : "STOP"} />
              <button type="submit">Reply {hasStopped(to) ? "START" : "STOP"}</button>
            </form>
          </div>
        ))}
    </Page>
  );
}
