import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import { PAGE_HEADERS } from "../page.tsx";
import { API_VERSION, paymentFlow } from "./payment_flow.ts";
import { ClosedPage, type PaymentForm, PaymentPage } from "./payment_page.tsx";
import { listParameters, readParameters, refusal, sessionParameters, StripeRefusal } from "./parameters.ts";
import { type Event, type PaymentIntent, type Session, stripeStore } from "./store.ts";
import { webhookSender } from "./webhooks.ts";

export type StripeSandboxOptions = {
  state: DatabaseSync;
  /** Where browsers reach the payment pages, without a trailing slash. */
  origin: string;
  secretKey: string;
  webhookSecret: string;
  /** Where the shop takes events. */
  webhookUrl: string;
  /** How long a bank debit takes, in milliseconds. */
  debitDelayMs?: number;
  retryDelaysMs?: number[];
  now?: () => number;
  log?: (line: string) => void;
};

/** How long a buyer waits at most for the shop to hear of the payment before going back to it. */
const PATIENCE_MS = 2000;

/**
 * Stripe's API at `/v1`, its payment pages at `/pay`, and signed webhooks: the part of Stripe that a shop with Checkout
 * meets. What was promised survives a restart, for everything is in `state`.
 */
export function stripeSandbox(options: StripeSandboxOptions): { app: Hono; stop(): Promise<void> } {
  const { state, origin, secretKey, webhookSecret, webhookUrl, now = Date.now, log = () => {} } = options;
  const store = stripeStore(state);
  const flow = paymentFlow(store, { origin, delayMs: options.debitDelayMs ?? 10_000, now });
  const sender = webhookSender(store, {
    url: webhookUrl,
    secret: webhookSecret,
    retryDelaysMs: options.retryDelaysMs,
    now,
    log,
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  let working: Promise<void> = Promise.resolve();
  let stopped = false;
  /** Does what is due, then sleeps until the next thing is. */
  function wake() {
    if (stopped) return;
    clearTimeout(timer);
    const due = store.nextDue();
    if (due === null) return;
    timer = setTimeout(() => {
      working = (async () => {
        flow.advance();
        await sender.deliverDue();
        wake();
      })();
    }, Math.min(Math.max(due - now(), 0), 3_600_000));
  }
  wake();

  const app = new Hono();

  app.use("/v1/*", async (c, next) => {
    c.header("request-id", `req_${crypto.randomUUID().slice(0, 14)}`);
    c.header("stripe-version", c.req.header("stripe-version") ?? API_VERSION);
    const authorization = c.req.header("authorization") ?? "";
    const basic = authorization.startsWith("Basic ") ? atob(authorization.slice(6)).replace(/:$/, "") : null;
    if ((basic ?? authorization.replace(/^Bearer /, "")) !== secretKey) {
      throw new StripeRefusal(401, {
        type: "invalid_request_error",
        message: "Invalid API Key provided. Use the sandbox's key: it is STRIPE_SECRET_KEY.",
      });
    }
    await next();
  });

  app.post(
    "/v1/checkout/sessions",
    (c) => once(c, (form) => flow.openSession(readParameters(sessionParameters, form))),
  );
  app.get("/v1/checkout/sessions", (c) => {
    const { limit, payment_intent } = readParameters(listParameters, new URL(c.req.url).search.slice(1));
    const sessions = store.list<Session>("checkout.session").filter((session) =>
      payment_intent === undefined || session.payment_intent === payment_intent
    );
    return c.json(list("/v1/checkout/sessions", sessions, limit));
  });
  app.get("/v1/checkout/sessions/:id", (c) => c.json(find<Session>(c.req.param("id"), "checkout.session")));
  app.post("/v1/checkout/sessions/:id/expire", (c) =>
    once(c, () => {
      const session = find<Session>(c.req.param("id")!, "checkout.session");
      const expired = flow.expire(session.id);
      if (expired) return expired;
      throw refusal(
        "resource_invalid_state",
        `Only open Checkout Sessions can be expired; this one is ${session.status}.`,
        "session",
      );
    }));
  app.get("/v1/payment_intents/:id", (c) => c.json(find<PaymentIntent>(c.req.param("id"), "payment_intent")));
  app.get("/v1/events", (c) => {
    const filter = readParameters(listParameters, new URL(c.req.url).search.slice(1));
    const events = store.list<Event>("event").filter((event) =>
      (filter.type === undefined || event.type === filter.type) &&
      (filter.delivery_success === undefined ||
        store.isDelivered(event.id) === (filter.delivery_success === "true"))
    );
    const start = events.findIndex((event) => event.id === filter.starting_after) + 1;
    return c.json(list("/v1/events", events.slice(start), filter.limit));
  });
  app.get("/v1/events/:id", (c) => c.json(find<Event>(c.req.param("id"), "event")));

  app.get("/pay/:id", (c) => showPage(c, { method: "card", error: null }));
  app.post("/pay/:id", async (c) => {
    const form = await c.req.formData();
    const text = (name: string) => String(form.get(name) ?? "");
    const sessionId = c.req.param("id");
    const [email, method] = [text("email"), text("method") || "card"];
    const outcome = method === "card"
      ? flow.payByCard(sessionId, { email, number: text("number"), expiry: text("expiry"), cvc: text("cvc") })
      : flow.payByDebit(sessionId, { email, succeeds: method !== "debit_fails" });
    wake();
    if (outcome === null) return showPage(c, { email, method, error: null });
    if ("error" in outcome) return showPage(c, { email, method, error: outcome.error });
    await heard(outcome.event.id);
    const session = find<Session>(sessionId, "checkout.session");
    return c.redirect(session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id), 303);
  });

  // For tests and for those who want to see a retry: Stripe has this as a button in its dashboard.
  app.post(
    "/sandbox/stripe/events/:id/resend",
    async (c) => c.json({ delivered: await sender.deliverEvent(c.req.param("id")) }),
  );

  app.onError((error, c) => {
    if (!(error instanceof StripeRefusal)) throw error;
    return c.json({ error: error.body }, error.status);
  });

  return {
    app,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await working;
      await sender.settle();
    },
  };

  function find<Body>(id: string, kind: string): Body {
    const object = store.get<Body>(id, kind);
    if (object) return object;
    throw new StripeRefusal(404, {
      type: "invalid_request_error",
      code: "resource_missing",
      message: `No such ${kind}: '${id}'`,
      param: "id",
    });
  }

  /** Acts on a form once per idempotency key (https://docs.stripe.com/api/idempotent_requests). */
  async function once(c: Context, act: (form: string) => unknown): Promise<Response> {
    const form = await c.req.text();
    const key = c.req.header("idempotency-key");
    const request = `${c.req.path} ${form}`;
    const before = key === undefined ? null : store.answer(key);
    if (before && before.request !== request) {
      throw new StripeRefusal(400, {
        type: "idempotency_error",
        message:
          `Keys for idempotent requests can only be used with the same parameters they were first used with. ` +
          `Try using a key other than '${key}' if you meant to execute a different request.`,
      });
    }
    if (before) {
      return c.body(before.body, 200, { "content-type": "application/json", "idempotent-replayed": "true" });
    }
    const answer = store.atomically(() => {
      const made = JSON.stringify(act(form));
      if (key !== undefined) store.saveAnswer(key, request, made);
      return made;
    });
    wake();
    return c.body(answer, 200, { "content-type": "application/json" });
  }

  /** Resolves when the shop has taken the event, or when a buyer would become impatient. */
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

function list<Item>(url: string, items: Item[], limit: number) {
  return { object: "list", url, has_more: items.length > limit, data: items.slice(0, limit) };
}
