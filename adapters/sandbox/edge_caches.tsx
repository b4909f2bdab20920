import { Hono } from "hono";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

type Options = { cloudflareToken: string; cloudflareZone: string; faults: Faults };

/** A purge as a cache was asked for it. `items`: tags, or URLs of files. */
export type Purge = { cache: "Deno Deploy" | "Cloudflare"; items: string[]; at: string };

/** How many purges are shown. */
const SHOWN = 200;
/** What each accepts in a request. */
const MOST = { deploy: 500, cloudflare: 100 };

/**
 * Stand-ins for the purging of Deno Deploy's and Cloudflare's caches, with the limits that they document. They keep no
 * responses; `/sandbox/edge` shows what was purged.
 */
export function edgeCaches({ cloudflareToken, cloudflareZone, faults }: Options) {
  const purges: Purge[] = [];
  const note = (cache: Purge["cache"], items: string[]) => {
    purges.unshift({ cache, items, at: new Date().toISOString() });
    purges.length = Math.min(purges.length, SHOWN);
  };
  const app = new Hono();

  app.post("/deploy-cache/invalidate/http", faults.strike("edge"), async (c) => {
    const { tags } = await c.req.json().catch(() => ({}));
    if (!isListOfTexts(tags) || tags.length > MOST.deploy) return c.text("Bad Request", 400);
    note("Deno Deploy", tags);
    return c.body(null, 200);
  });

  app.post("/cloudflare/client/v4/zones/:zone/purge_cache", faults.strike("edge"), async (c) => {
    const refuse = (status: 400 | 403, code: number, message: string) =>
      c.json({ success: false, errors: [{ code, message }], messages: [], result: null }, status);
    const isKnown = c.req.header("authorization") === `Bearer ${cloudflareToken}` &&
      c.req.param("zone") === cloudflareZone;
    if (!isKnown) return refuse(403, 10000, "Authentication error");
    const { tags, files } = await c.req.json().catch(() => ({}));
    const items = tags ?? files;
    if (!isListOfTexts(items) || items.length > MOST.cloudflare || (tags && files)) {
      return refuse(
        400,
        1012,
        "Request must contain one of purge_everything, files, tags, hosts or prefixes",
      );
    }
    note("Cloudflare", items);
    return c.json({ success: true, errors: [], messages: [], result: { id: cloudflareZone } });
  });

  app.get("/sandbox/edge", (c) => c.html(<Purges purges={purges} />, 200, PAGE_HEADERS));

  return { app, purges };
}

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");

function Purges({ purges }: { purges: Purge[] }) {
  return (
    <Page title="Edge">
      <h1>Purged from the caches</h1>
      {purges.length === 0
        ? <p>Nothing yet. Change a course, and what it makes stale appears here within seconds.</p>
        : (
          <div class="card">
            <table>
              {purges.map(({ cache, items, at }) => (
                <tr>
                  <td class="quiet">{at.slice(11, 19)} UTC</td>
                  <td>{cache}</td>
                  <td>{items.join(", ")}</td>
                </tr>
              ))}
            </table>
          </div>
        )}
    </Page>
  );
}
