import { type Context, Hono } from "hono";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

/** An event as it was counted, and what is wrong with its request. */
export type AnalyticsHit = {
  clientId: string;
  /** When it happened, as the request says. */
  at: string;
  consent: unknown;
  name: string;
  params: Record<string, unknown>;
  faults: string[];
};

type Fault = { fieldPath: string; description: string; validationCode: string };
type Options = { measurementId: string; apiSecret: string; faults: Faults };

/** How many events are kept. */
const KEPT = 500;
/** The limits of https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events#limitations. */
const MOST = { bytes: 130_000, events: 25, params: 25, items: 200, name: 40, text: 100, hours: 72 };
const RESERVED = [
  "ad_activeview",
  "ad_click",
  "ad_exposure",
  "ad_query",
  "ad_reward",
  "adunit_exposure",
  "app_clear_data",
  "app_install",
  "app_remove",
  "app_update",
  "error",
  "first_open",
  "first_visit",
  "in_app_purchase",
  "notification_dismiss",
  "notification_foreground",
  "notification_open",
  "notification_receive",
  "os_update",
  "screen_view",
  "session_start",
  "user_engagement",
];

/**
 * Stand-in for the Measurement Protocol of Google Analytics 4. Like Google it returns 204 whatever it gets, and counts
 * nothing with another secret; `/debug/mp/collect` says what is wrong instead. `/sandbox/analytics` shows the events.
 */
export function analyticsSandbox({ measurementId, apiSecret, faults }: Options) {
  const hits: AnalyticsHit[] = [];
  const app = new Hono();

  app.post("/google-analytics/mp/collect", faults.strike("analytics"), async (c) => {
    const text = await c.req.text();
    if (text.length > MOST.bytes) return c.body(null, 413);
    const isOurs = c.req.query("measurement_id") === measurementId &&
      c.req.query("api_secret") === apiSecret;
    const body = parse(text);
    if (isOurs && body) note(body);
    return c.body(null, 204);
  });

  app.post("/google-analytics/debug/mp/collect", async (c) => {
    const body = parse(await c.req.text());
    const messages = body
      ? faultsOf(body)
      : [{ fieldPath: "", description: "no JSON", validationCode: "VALUE_INVALID" }];
    return c.json({ validationMessages: messages });
  });

  function note(body: Record<string, unknown>): void {
    const found = faultsOf(body).map(({ fieldPath, description }) => `${fieldPath}: ${description}`);
    const events = Array.isArray(body.events) ? body.events : [];
    for (const { name, params } of events) {
      hits.unshift({
        clientId: String(body.client_id),
        at: new Date(Number(body.timestamp_micros) / 1000).toISOString(),
        consent: body.consent,
        name,
        params,
        faults: found,
      });
    }
    hits.length = Math.min(hits.length, KEPT);
  }

  app.get("/sandbox/analytics", (c: Context) => c.html(<Hits hits={hits} />, 200, PAGE_HEADERS));

  return { app, hits };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const body = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body : null;
  } catch {
    return null;
  }
}

/** Checks a request as Google's validation server does. */
function faultsOf(body: Record<string, unknown>): Fault[] {
  const found: Fault[] = [];
  const fault = (fieldPath: string, validationCode: string, description: string) =>
    void found.push({ fieldPath, validationCode, description });
  if (typeof body.client_id !== "string" || body.client_id === "") {
    fault("client_id", "VALUE_REQUIRED", "is required");
  }
  const known = ["client_id", "user_id", "timestamp_micros", "consent", "user_properties", "events"];
  for (const name of Object.keys(body)) {
    if (!known.includes(name)) fault(name, "VALUE_INVALID", "is unknown");
  }
  const age = Date.now() - Number(body.timestamp_micros ?? Date.now() * 1000) / 1000;
  if (!(age < MOST.hours * 3600_000)) {
    fault("timestamp_micros", "VALUE_OUT_OF_BOUNDS", "is more than 72 hours ago");
  }
  const consent = Object.entries(body.consent ?? {});
  for (const [name, value] of consent) {
    const isKnown = ["ad_user_data", "ad_personalization"].includes(name) &&
      ["GRANTED", "DENIED"].includes(value);
    if (!isKnown) fault(`consent.${name}`, "VALUE_INVALID", "is neither GRANTED nor DENIED");
  }
  const events = Array.isArray(body.events) ? body.events : [];
  if (events.length === 0) fault("events", "VALUE_REQUIRED", "is required");
  if (events.length > MOST.events) fault("events", "EXCEEDED_MAX_ENTITIES", "has more than 25 events");
  for (const [n, { name, params = {} }] of events.entries()) {
    const at = `events[${n}]`;
    checkName(`${at}.name`, name);
    if (Object.keys(params).length > MOST.params) {
      fault(`${at}.params`, "EXCEEDED_MAX_ENTITIES", "has more than 25 parameters");
    }
    for (const [param, value] of Object.entries<unknown>(params)) {
      checkName(`${at}.params.${param}`, param);
      checkText(`${at}.params.${param}`, value);
    }
    const items = Array.isArray(params.items) ? params.items : [];
    if (items.length > MOST.items) fault(`${at}.params.items`, "EXCEEDED_MAX_ENTITIES", "has too many");
    for (const item of items) {
      for (const [param, value] of Object.entries<unknown>(item)) {
        checkText(`${at}.params.items.${param}`, value);
      }
      if (!item.item_id && !item.item_name) {
        fault(`${at}.params.items`, "VALUE_REQUIRED", "needs item_id or item_name");
      }
    }
    if (params.value !== undefined && !/^[A-Z]{3}$/.test(params.currency ?? "")) {
      fault(`${at}.params.currency`, "VALUE_REQUIRED", "is required with a value");
    }
    if (["purchase", "refund"].includes(name) && !params.transaction_id) {
      fault(`${at}.params.transaction_id`, "VALUE_REQUIRED", "is required");
    }
  }
  return found;

  function checkName(path: string, name: unknown): void {
    if (typeof name !== "string" || !/^[A-Za-z]\w*$/.test(name) || name.length > MOST.name) {
      fault(path, "NAME_INVALID", "is no name of at most 40 letters, digits and _");
    } else if (RESERVED.includes(name) || /^(google_|ga_|firebase_)/.test(name)) {
      fault(path, "NAME_RESERVED", "is reserved");
    }
  }

  function checkText(path: string, value: unknown): void {
    if (typeof value === "string" && [...value].length > MOST.text) {
      fault(path, "VALUE_INVALID", "is longer than 100 characters");
    }
  }
}

function Hits({ hits }: { hits: AnalyticsHit[] }) {
  return (
    <Page title="Analytics">
      <h1>What Google Analytics counts</h1>
      {hits.length === 0
        ? (
          <p>
            Nothing yet. Only requests with <code>analytics</code>{" "}
            in their body are measured: registration, and buying a course.
          </p>
        )
        : hits.map(({ clientId, at, name, params, faults }) => (
          <div class="card">
            <h2>{name}</h2>
            <p class="quiet">{at.slice(0, 19).replace("T", " ")} UTC, visitor {clientId}</p>
            <pre>{JSON.stringify(params, null, 2)}</pre>
            {faults.length > 0 ? <p class="wrong">{faults.join("; ")}</p> : null}
          </div>
        ))}
    </Page>
  );
}
