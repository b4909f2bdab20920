import { type Context, Hono } from "hono";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

export type IntercomContact = {
  id: string;
  /** Whether it was put away: it is found by its id alone then. */
  archived?: boolean;
  external_id?: string;
  email?: string;
  name?: string;
  role?: string;
  signed_up_at?: number;
  custom_attributes?: Record<string, unknown>;
};
export type IntercomEvent = {
  event_name: string;
  created_at: number;
  user_id: string;
  metadata: Record<string, unknown>;
};

type Options = { accessToken: string; faults: Faults };

/** How many events are kept. */
const KEPT = 500;
const WINDOW_SECONDS = 10;
/** How many calls a window takes: a sixtieth of the 10,000 a minute that an app may make. */
const CALLS_PER_WINDOW = 1666;
const FIELDS = ["role", "external_id", "email", "name", "signed_up_at", "custom_attributes"];

/**
 * Stand-in for Intercom's contacts and events (version 2.14), with the errors, the limits and the deduplication that it
 * documents. `/sandbox/support` shows both.
 */
export function intercomSandbox({ accessToken, faults }: Options) {
  const contacts = new Map<string, IntercomContact>();
  const events: IntercomEvent[] = [];
  let window = 0;
  let calls = 0;
  const app = new Hono();

  const refuse = (c: Context, status: 400 | 401 | 404 | 409 | 422 | 429, code: string, message: string) =>
    c.json({ type: "error.list", request_id: crypto.randomUUID(), errors: [{ code, message }] }, status);
  const find = (test: (contact: IntercomContact) => boolean) => [...contacts.values()].find(test);
  const notFound = (c: Context) => refuse(c, 404, "not_found", "Resource Not Found");

  app.use("/intercom/*", faults.strike("support"), async (c, next) => {
    const now = Math.floor(Date.now() / 1000 / WINDOW_SECONDS);
    calls = window === now ? calls + 1 : 1;
    window = now;
    c.header("x-ratelimit-limit", String(CALLS_PER_WINDOW));
    c.header("x-ratelimit-remaining", String(Math.max(0, CALLS_PER_WINDOW - calls)));
    c.header("x-ratelimit-reset", String((now + 1) * WINDOW_SECONDS));
    if (calls > CALLS_PER_WINDOW) {
      return refuse(c, 429, "rate_limit_exceeded", "You have exceeded the rate limit");
    }
    if (c.req.header("authorization") !== `Bearer ${accessToken}`) {
      return refuse(c, 401, "unauthorized", "Access Token Invalid");
    }
    if (c.req.header("intercom-version") !== "2.14") {
      return refuse(c, 400, "intercom_version_invalid", "The requested version could not be found");
    }
    await next();
  });

  app.post("/intercom/contacts", async (c) => {
    const body = await c.req.json();
    const fault = faultOf(body);
    if (fault) return refuse(c, 422, "parameter_invalid", fault);
    const same = find(({ external_id, email }) =>
      (body.external_id && external_id === body.external_id) || (body.email && email === body.email)
    );
    if (same) {
      const message = `${
        same.archived ? "An archived contact" : "A contact"
      } matching those details already exists with id=${same.id}`;
      return refuse(c, 409, "conflict", message);
    }
    const contact = { ...body, id: crypto.randomUUID().replaceAll("-", "").slice(0, 24) };
    contacts.set(contact.id, contact);
    return c.json({ type: "contact", ...contact });
  });

  app.get("/intercom/contacts/find_by_external_id/:id", (c) => {
    const contact = find(({ external_id, archived }) => !archived && external_id === c.req.param("id"));
    return contact ? c.json({ type: "contact", ...contact }) : notFound(c);
  });

  app.put("/intercom/contacts/:id", async (c) => {
    const body = await c.req.json();
    const fault = faultOf(body);
    if (fault) return refuse(c, 422, "parameter_invalid", fault);
    const contact = contacts.get(c.req.param("id"));
    if (!contact || contact.archived) return notFound(c);
    const other = find(({ id, external_id, email }) =>
      id !== contact.id && (external_id === body.external_id || email === body.email)
    );
    if (other) return refuse(c, 409, "conflict", `A contact with those details exists: id=${other.id}`);
    Object.assign(contact, body);
    return c.json({ type: "contact", ...contact });
  });

  app.post("/intercom/contacts/:id/unarchive", (c) => {
    const contact = contacts.get(c.req.param("id"));
    if (!contact) return notFound(c);
    contact.archived = false;
    return c.json({ id: contact.id, type: "contact", archived: false });
  });

  app.delete("/intercom/contacts/:id", (c) => {
    const id = c.req.param("id");
    return contacts.delete(id) ? c.json({ id, type: "contact", deleted: true }) : notFound(c);
  });

  app.post("/intercom/events", async (c) => {
    const event = await c.req.json() as IntercomEvent;
    if (typeof event.event_name !== "string" || !Number.isInteger(event.created_at)) {
      return refuse(c, 400, "parameter_invalid", "event_name and created_at are required");
    }
    const metadata = event.metadata ?? {};
    if (Object.keys(metadata).length > 10 || Object.values(metadata).some(isNested)) {
      return refuse(c, 422, "parameter_invalid", "metadata has at most 10 keys and no nesting");
    }
    if (!find(({ external_id, archived }) => !archived && external_id === event.user_id)) {
      return refuse(c, 404, "not_found", "User Not Found");
    }
    const isKnown = events.some(({ event_name, created_at, user_id }) =>
      event_name === event.event_name && created_at === event.created_at && user_id === event.user_id
    );
    if (!isKnown) events.unshift({ ...event, metadata });
    events.length = Math.min(events.length, KEPT);
    return c.body(null, 202);
  });

  app.get(
    "/sandbox/support",
    (c) => c.html(<Support contacts={[...contacts.values()].reverse()} events={events} />, 200, PAGE_HEADERS),
  );

  return {
    app,
    /** What it has. */
    contacts: () => [...contacts.values()],
    events,
    /** Adds a contact that is there for another reason, such as a conversation by mail. */
    add(contact: IntercomContact) {
      contacts.set(contact.id, contact);
    },
  };
}

/** Returns what is wrong with a contact; null for nothing. */
function faultOf(body: Record<string, unknown>): string | null {
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown) return `unknown parameter ${unknown}`;
  if (typeof body.external_id !== "string" && typeof body.email !== "string") {
    return "email or external_id is required";
  }
  return Number.isInteger(body.signed_up_at ?? 0) ? null : "signed_up_at is no time in seconds";
}

/** Whether a value of the metadata is nested, other than a link or an amount. */
function isNested(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return !["amount,currency", "url,value"].includes(Object.keys(value).sort().join());
}

function Support({ contacts, events }: { contacts: IntercomContact[]; events: IntercomEvent[] }) {
  return (
    <Page title="Support">
      <h1>What the support team sees</h1>
      <div class="card">
        <h2>Contacts</h2>
        {contacts.length === 0 ? <p>None yet. Register, and you appear here.</p> : (
          <table>
            {contacts.map(({ email, name, custom_attributes }) => (
              <tr>
                <td>{name}</td>
                <td>{email}</td>
                <td class="quiet">{String(custom_attributes?.shop_role ?? "")}</td>
              </tr>
            ))}
          </table>
        )}
      </div>
      <div class="card">
        <h2>Events</h2>
        {events.length === 0 ? <p>None yet. Buy a course, and it appears here.</p> : (
          <table>
            {events.map(({ event_name, created_at, metadata }) => (
              <tr>
                <td class="quiet">{new Date(created_at * 1000).toISOString().slice(11, 19)} UTC</td>
                <td>{event_name}</td>
                <td>{JSON.stringify(metadata)}</td>
              </tr>
            ))}
          </table>
        )}
      </div>
    </Page>
  );
}
