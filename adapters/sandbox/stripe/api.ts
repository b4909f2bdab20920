import { type Context, Hono } from "hono";
import type { Discounts } from "./discounts.ts";
import type { DisputeFlow } from "./dispute_flow.ts";
import { API_VERSION } from "./happenings.ts";
import type {
  Charge,
  Coupon,
  Dispute,
  Event,
  PaymentIntent,
  PromotionCode,
  Refund,
  Session,
} from "./objects.ts";
import {
  couponParameters,
  disputeChange,
  type ListParameters,
  listParameters,
  promotionCodeChange,
  promotionCodeParameters,
  readParameters,
  refundParameters,
  refusal,
  retrieveParameters,
  sessionParameters,
  StripeRefusal,
} from "./parameters.ts";
import type { PaymentFlow } from "./payment_flow.ts";
import type { RefundFlow } from "./refund_flow.ts";
import type { StripeStore } from "./store.ts";

type Parts = {
  store: StripeStore;
  flow: PaymentFlow;
  refunds: RefundFlow;
  disputes: DisputeFlow;
  discounts: Discounts;
  secretKey: string;
  /** Called when something may have become due. */
  wake(): void;
};

/** Serves Stripe's API at `/v1`, as far as a shop with Checkout uses it. Every write accepts an idempotency key. */
export function stripeApi({ store, flow, refunds, disputes, discounts, secretKey, wake }: Parts): Hono {
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
  app.post("/v1/refunds", (c) => once(c, (form) => refunds.create(readParameters(refundParameters, form))));
  app.post(
    "/v1/coupons",
    (c) => once(c, (form) => discounts.createCoupon(readParameters(couponParameters, form))),
  );
  app.delete("/v1/coupons/:id", (c) => {
    const coupon = find<Coupon>(c.req.param("id"), "coupon");
    store.put({ ...coupon, valid: false });
    return c.json({ id: coupon.id, object: "coupon", deleted: true });
  });
  app.post(
    "/v1/promotion_codes",
    (c) => once(c, (form) => discounts.createPromotionCode(readParameters(promotionCodeParameters, form))),
  );
  app.post("/v1/promotion_codes/:id", (c) =>
    once(c, (form) => {
      const code = find<PromotionCode>(c.req.param("id")!, "promotion_code");
      const { active, metadata } = readParameters(promotionCodeChange, form);
      const changed: PromotionCode = {
        ...code,
        active: active === undefined ? code.active : active === "true",
        metadata: metadata ?? code.metadata,
      };
      store.put(changed);
      return changed;
    }));
  app.post("/v1/disputes/:id", (c) =>
    once(c, (form) => {
      const dispute = find<Dispute>(c.req.param("id")!, "dispute");
      return disputes.update(dispute, readParameters(disputeChange, form));
    }));
  app.post("/v1/disputes/:id/close", (c) =>
    once(c, () => {
      const { id } = find<Dispute>(c.req.param("id")!, "dispute");
      const closed = disputes.close(id, "lost");
      if (!closed) throw refusal("dispute_closed", "This dispute is over already.", "dispute");
      return closed;
    }));

  readable<Session>(
    "/v1/checkout/sessions",
    "checkout.session",
    (session, filter) =>
      (filter.payment_intent === undefined || session.payment_intent === filter.payment_intent) &&
      (filter.status === undefined || session.status === filter.status),
  );
  readable<PaymentIntent>("/v1/payment_intents", "payment_intent");
  readable<Charge>("/v1/charges", "charge", ofPayment);
  readable<Refund>("/v1/refunds", "refund", ofPayment);
  readable<Dispute>("/v1/disputes", "dispute", ofPayment);
  readable<Coupon>("/v1/coupons", "coupon");
  readable<PromotionCode>(
    "/v1/promotion_codes",
    "promotion_code",
    (code, filter) => filter.code === undefined || code.code.toLowerCase() === filter.code.toLowerCase(),
  );
  readable<Event>(
    "/v1/events",
    "event",
    (event, { type, delivery_success }) =>
      (type === undefined || event.type === type) &&
      (delivery_success === undefined || store.isDelivered(event.id) === (delivery_success === "true")),
  );

  app.onError((error, c) => {
    if (!(error instanceof StripeRefusal)) throw error;
    return c.json({ error: error.body }, error.status);
  });
  return app;

  /** Serves one kind of object, by id and as a list, newest first. */
  function readable<Body extends { id: string; created: number }>(
    path: string,
    kind: string,
    matches: (object: Body, filter: ListParameters) => boolean = () => true,
  ): void {
    app.get(path, (c) => {
      const filter = readParameters(listParameters, new URL(c.req.url).search.slice(1));
      const found = store.list<Body>(kind).filter((object) =>
        isWithin(object.created, filter.created) && matches(object, filter)
      );
      const start = found.findIndex(({ id }) => id === filter.starting_after) + 1;
      const rest = found.slice(start);
      return c.json({
        object: "list",
        url: path,
        has_more: rest.length > filter.limit,
        data: rest.slice(0, filter.limit),
      });
    });
    app.get(`${path}/:id`, (c) => {
      const { expand } = readParameters(retrieveParameters, new URL(c.req.url).search.slice(1));
      return c.json(expanded(find<Body>(c.req.param("id"), kind), expand));
    });
  }

  /** Returns the object with the requested ids replaced by their objects, one level deep. */
  function expanded<Body extends object>(object: Body, names: string[]): Body {
    const copy = { ...object } as Record<string, unknown>;
    for (const name of names) {
      const kind = name === "latest_charge" ? "charge" : name;
      const id = copy[name];
      if (typeof id === "string") copy[name] = store.get(id, kind) ?? id;
    }
    return copy as Body;
  }

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

  /** Performs a request once per idempotency key (https://docs.stripe.com/api/idempotent_requests). */
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
}

function ofPayment(object: { payment_intent: string; charge?: string }, filter: ListParameters): boolean {
  return (filter.payment_intent === undefined || object.payment_intent === filter.payment_intent) &&
    (filter.charge === undefined || object.charge === filter.charge);
}

function isWithin(created: number, range: ListParameters["created"]): boolean {
  if (range === undefined) return true;
  if (typeof range === "number") return created === range;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return created > gt && created >= gte && created < lt && created <= lte;
}
