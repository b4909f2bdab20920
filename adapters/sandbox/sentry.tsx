import { Hono } from "hono";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

type Options = { key: string; project: string; faults: Faults };

/** An event as Sentry was sent it. */
export type SentryEvent = {
  event_id: string;
  environment?: string;
  release?: string;
  user?: { id?: string };
  tags?: Record<string, string>;
  exception?: { values?: { type?: string; value?: string; stacktrace?: { frames?: Frame[] } }[] };
};
type Frame = { filename?: string; function?: string; lineno?: number };

/** How many events are shown. */
const SHOWN = 100;
/** The largest envelope that is taken, in bytes. */
const MOST_BYTES = 1024 * 1024;

/**
 * A stand-in for Sentry's envelope endpoint (https://develop.sentry.dev/sdk/foundations/transport/envelopes/), which
 * checks the key. `/sandbox/sentry` shows the latest events.
 */
export function sentry({ key, project, faults }: Options) {
  const events: SentryEvent[] = [];
  const app = new Hono();

  app.post("/sentry/api/:project/envelope/", faults.strike("errors"), async (c) => {
    const [, given] = c.req.header("x-sentry-auth")?.match(/\bsentry_key=([^,\s]+)/) ?? [];
    if ((given ?? c.req.query("sentry_key")) !== key || c.req.param("project") !== project) {
      return c.json({ detail: "bad sentry DSN public key" }, 403);
    }
    const envelope = await c.req.text();
    if (envelope.length > MOST_BYTES) return c.json({ detail: "envelope exceeded size limits" }, 413);
    const found = readEnvelope(envelope);
    if (found === null) return c.json({ detail: "bad envelope" }, 400);
    events.unshift(...found);
    events.length = Math.min(events.length, SHOWN);
    return c.json({ id: found[0]?.event_id ?? "" });
  });

  app.get("/sandbox/sentry", (c) => c.html(<Events events={events} />, 200, PAGE_HEADERS));

  return { app, events };
}

/** Reads the events of an envelope: a line with its header, then for each item a line with its header and one with it. */
function readEnvelope(text: string): SentryEvent[] | null {
  try {
    const [, ...lines] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    const items = lines.flatMap((header, at) => at % 2 === 0 ? [{ header, item: lines[at + 1] }] : []);
    return items.filter(({ header }) => header.type === "event").map(({ item }) => item);
  } catch {
    return null;
  }
}

function Events({ events }: { events: SentryEvent[] }) {
  return (
    <Page title="Errors">
      <h1>Errors</h1>
      {events.length === 0
        ? <p>Nothing yet. An error that nobody foresaw appears here as Sentry would get it.</p>
        : events.map(({ environment, release, user, tags, exception }) => (
          <div class="card">
            {[...exception?.values ?? []].reverse().map(({ type, value, stacktrace }) => (
              <>
                <h2>{type}</h2>
                <p>{value}</p>
                <ul class="plain">
                  {[...stacktrace?.frames ?? []].reverse().slice(0, 8).map((frame) => (
                    <li class="quiet">
                      {`${frame.function ?? "?"} ${frame.filename ?? ""}:${frame.lineno ?? ""}`}
                    </li>
                  ))}
                </ul>
              </>
            ))}
            <table>
              {Object.entries({ ...tags, user: user?.id, environment, release }).map(([name, value]) =>
                value && (
                  <tr>
                    <td class="quiet">{name}</td>
                    <td>{value}</td>
                  </tr>
                )
              )}
            </table>
          </div>
        ))}
    </Page>
  );
}
