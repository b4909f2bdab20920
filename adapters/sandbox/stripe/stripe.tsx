import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import { readForm } from "../form.ts";
import { PAGE_HEADERS } from "../page.tsx";
import { stripeApi } from "./api.ts";
import { discounts as discountsOf } from "./discounts.ts";
import { disputeFlow } from "./dispute_flow.ts";
import { happenings } from "./happenings.ts";
import { LedgerPage } from "./ledger_page.tsx";
import type { Charge, Dispute, Refund, Session } from "./objects.ts";
import { StripeRefusal } from "./parameters.ts";
import { paymentFlow } from "./payment_flow.ts";
import { ClosedPage, type PaymentForm, PaymentPage } from "./payment_page.tsx";
import { refundFlow } from "./refund_flow.ts";
import { stripeStore } from "./store.ts";
import { webhookSender } from "./webhooks.ts";

export type StripeSandboxOptions = {
  state: DatabaseSync;
  /** The base URL of the payment pages, without a trailing slash. */
  origin: string;
  secretKey: string;
  webhookSecret: string;
  /** The shop's webhook for events. */
  webhookUrl: string;
  /** How long a bank debit takes, in milliseconds. */
  debitDelayMs?: number;
  retryDelaysMs?: number[];
  now?: () => number;
  log?: (line: string) => void;
};

/** The maximum time that a buyer waits for the shop to receive the event before returning to it, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * Serves the part of Stripe that a shop with Checkout uses: the API at `/v1`, payment pages at `/pay`, a dashboard at
 * `/sandbox/stripe`, and signed webhooks. Everything is stored in `state` and survives a restart.
 */
export function stripeSandbox(options: StripeSandboxOptions): { app: Hono; stop(): Promise<void> } {
  const { state, origin, secretKey, webhookSecret, webhookUrl, now = Date.now, log = () => {} } = options;
  const store = stripeStore(state);
  const delayMs = options.debitDelayMs ?? 10_000;
  const events = happenings(store, now);
  const discounts = discountsOf(store, events);
  const disputes = disputeFlow(store, events);
  const refunds = refundFlow(store, events, delayMs);
  const flow = paymentFlow(store, { origin, delayMs, events, discounts, disputes });
  const sender = webhookSender(store, {
    url: webhookUrl,
    secret: webhookSecret,
    retryDelaysMs: options.retryDelaysMs,
    now,
    log,
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  let delivering: Promise<void> = Promise.resolve();
  let stopped = false;
  /** Processes everything due, then sleeps until the next due time. Deliveries wait for each other. */
  function wake() {
    if (stopped) return;
    clearTimeout(timer);
    const due = store.nextDue();
    if (due === null) return;
    timer = setTimeout(() => {
      flow.advance();
      store.atomically(() => refunds.advance());
      delivering = delivering.then(sender.deliverDue).then(wake);
    }, Math.min(Math.max(due - now(), 0), 3_600_000));
  }
  wake();

  const app = new Hono();
  app.route("/", stripeApi({ store, flow, refunds, disputes, discounts, secretKey, wake }));

  app.get("/pay/:id", (c) => showPage(c, { method: "card", error: null }));
  app.post("/pay/:id", async (c) => {
    const { texts } = await readForm(c.req.raw);
    const text = (name: string) => texts[name] ?? "";
    const sessionId = c.req.param("id");
    const [email, method] = [text("email"), text("method") || "card"];
    const outcome = method === "card"
      ? flow.payByCard(sessionId, {
        email,
        number: text("number"),
        expiry: text("expiry"),
        cvc: text("cvc"),
        code: text("code"),
      })
      : flow.payByDebit(sessionId, { email, succeeds: method !== "debit_fails" });
    wake();
    if (outcome === null) return showPage(c, { email, method, error: null });
    if ("error" in outcome) return showPage(c, { email, method, error: outcome.error });
    await heard(outcome.event.id);
    const session = store.get<Session>(sessionId, "checkout.session")!;
    return c.redirect(session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id), 303);
  });

  // For tests, and to try out retries. Stripe has a button for this in its dashboard.
  app.post(
    "/sandbox/stripe/events/:id/resend",
    async (c) => c.json({ delivered: await sender.deliverEvent(c.req.param("id")) }),
  );

  app.get("/sandbox/stripe", (c) =>
    c.html(
      <LedgerPage
        charges={store.list<Charge>("charge")}
        refunds={store.list<Refund>("refund")}
        disputes={store.list<Dispute>("dispute")}
      />,
      200,
      PAGE_HEADERS,
    ));
  dashboardAct("/sandbox/stripe/charges/:id/refund", (id, form) =>
    refunds.create({
      charge: id,
      amount: form.amount ? Number(form.amount) : undefined,
      metadata: {},
    }));
  dashboardAct(
    "/sandbox/stripe/charges/:id/dispute",
    (id, form) => disputes.open(id, form.reason ?? "fraudulent", { isWarning: "warning" in form }),
  );
  dashboardAct("/sandbox/stripe/refunds/:id/fail", (id) => refunds.fail(id));
  dashboardAct("/sandbox/stripe/disputes/:id/won", (id) => disputes.close(id, "won"));
  dashboardAct("/sandbox/stripe/disputes/:id/lost", (id) => disputes.close(id, "lost"));

  return {
    app,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sender.stop();
      await delivering;
    },
  };

  /** Serves a button of the ledger page: acts in one transaction and redirects back to it. */
  function dashboardAct(path: string, act: (id: string, texts: Record<string, string>) => unknown): void {
    app.post(path, async (c) => {
      const { texts } = await readForm(c.req.raw);
      try {
        store.atomically(() => act(c.req.param("id")!, texts));
      } catch (error) {
        if (!(error instanceof StripeRefusal)) throw error;
        return c.text(error.message, error.status);
      }
      wake();
      return c.redirect("/sandbox/stripe", 303);
    });
  }

  /** Resolves when the shop has received the event, or when the maximum waiting time is over. */
  async function heard(eventId: string): Promise<void> {
    let impatience: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([
      sender.deliverEvent(eventId).then(wake),
      new Promise((resolve) => impatience = setTimeout(resolve, PATIENCE_MS)),
    ]);
    clearTimeout(impatience);
  }

  function showPage(c: Context, form: Omit<PaymentForm, "email"> & { email?: string }) {
    const session = store.get<Session>(c.req.param("id")!, "checkout.session");
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
    if (session?.status !== "open") {
      return c.html(<ClosedPage session={session} />, session ? 200 : 404);
    }
    const email = form.email ?? session.customer_email ?? "";
    return c.html(
      <PaymentPage session={session} items={store.lineItems(session.id)} form={{ ...form, email }} />,
      form.error ? 402 : 200,
    );
  }
}
