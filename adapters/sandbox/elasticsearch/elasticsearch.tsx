import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import type { Faults } from "../faults.ts";
import { Page, PAGE_HEADERS } from "../page.tsx";
import { indexStore, type Write } from "./indexes.ts";
import { type Json, Refusal } from "./query.ts";
import { search } from "./search.ts";

type Options = { state: DatabaseSync; apiKey: string; faults: Faults };
type Search = { at: string; found: number; body: Json };

const SHOWN = 50;
/** The client refuses servers that do not say who they are. */
const PRODUCT = { "x-elastic-product": "Elasticsearch" };
const MEDIA_TYPE = "application/vnd.elasticsearch+json;compatible-with=9";

/**
 * A stand-in for Elasticsearch at `/elasticsearch`, with the requests that the adapter sends: indexes and aliases, bulk
 * writes with external versions, searches. `/sandbox/search` shows what it has and what was searched.
 */
export function elasticsearchSandbox({ state, apiKey, faults }: Options) {
  const indexes = indexStore(state);
  const searches: Search[] = [];
  const app = new Hono();
  const api = new Hono();
  const answer = (c: Context, body: Json, status: 200 | 400 | 401 | 404 | 409 | 429 = 200) =>
    c.body(JSON.stringify(body), status, { ...PRODUCT, "content-type": MEDIA_TYPE });

  /** Returns the indexes that an expression means. Throws Refusal if it is a name, and there is none. */
  const existing = (expression: string) => {
    const names = indexes.meant(expression);
    if (names.length === 0 && !expression.endsWith("*")) {
      throw new Refusal(404, "index_not_found_exception", `no such index [${expression}]`);
    }
    return names;
  };

  api.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    const { status, type, message: reason } = error;
    return answer(c, { error: { root_cause: [{ type, reason }], type, reason }, status }, status);
  });
  api.use(faults.strike("search"));
  api.use(async (c, next) => {
    if (c.req.header("authorization") !== `ApiKey ${apiKey}`) {
      throw new Refusal(401, "security_exception", "unable to authenticate with provided credentials");
    }
    await next();
  });

  api.post("/_bulk", async (c) => {
    if (c.req.query("require_alias") !== "true") {
      throw new Refusal(400, "illegal_argument_exception", "This stand-in writes through aliases only.");
    }
    const items = writesOf(await c.req.text()).map((write) => ({ [write.action]: indexes.write(write) }));
    const errors = items.some((item) => Object.values(item).some((it) => "error" in it));
    return answer(c, { took: 1, errors, items });
  });

  api.post("/_aliases", async (c) => {
    const { actions } = await c.req.json();
    // All or nothing: whatever may fail is looked at first.
    for (const { add } of actions) if (add) existing(add.index);
    for (const { add, remove } of actions) {
      if (remove) { for (const name of existing(remove.index)) indexes.unpoint(remove.alias, name); }
      if (add) { for (const name of existing(add.index)) indexes.point(add.alias, name); }
    }
    return answer(c, { acknowledged: true, errors: false });
  });

  api.get("/:index/_alias", (c) => {
    const all = existing(c.req.param("index")).map((name) => [name, {
      aliases: Object.fromEntries(indexes.opened(name).aliases.map((alias) => [alias, {}])),
    }]);
    return answer(c, Object.fromEntries(all));
  });

  api.post("/:index/_search", async (c) => {
    const [name] = existing(c.req.param("index"));
    const body = await c.req.json();
    const found = search(indexes.opened(name!), body);
    searches.unshift({ at: new Date().toISOString(), found: found.hits.total.value, body });
    searches.length = Math.min(searches.length, SHOWN);
    return answer(c, found);
  });

  api.on(
    ["GET", "POST"],
    "/:index/_refresh",
    (c) => answer(c, { _shards: { failed: 0, indexes: existing(c.req.param("index")) } }),
  );

  api.put("/:index", async (c) => {
    const name = c.req.param("index");
    indexes.create(name, JSON.parse(await c.req.text() || "{}"));
    return answer(c, { acknowledged: true, shards_acknowledged: true, index: name });
  });

  api.delete("/:index", (c) => {
    const name = c.req.param("index");
    const names = c.req.query("ignore_unavailable") === "true" ? indexes.meant(name) : existing(name);
    for (const each of names) indexes.remove(each);
    return answer(c, { acknowledged: true });
  });

  app.route("/elasticsearch", api);
  app.get("/sandbox/search", (c) => {
    const all = indexes.names().map((name) => indexes.opened(name));
    return c.html(
      <Page title="Search">
        <h1>The search engine</h1>
        <div class="card">
          <h2>Indexes</h2>
          {all.length === 0 && <p>None. Run deno task search:rebuild.</p>}
          {all.map(({ name, aliases, documents }) => (
            <p>
              {name}: {documents.size} courses <span class="quiet">{aliases.join(", ")}</span>
            </p>
          ))}
        </div>
        <Searches searches={searches} />
      </Page>,
      200,
      PAGE_HEADERS,
    );
  });
  return { app };
}

/** Reads the lines of a bulk request. */
function writesOf(text: string): Write[] {
  const lines = text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  const writes: Write[] = [];
  while (lines.length > 0) {
    const [action, target] = Object.entries(lines.shift())[0] as [Write["action"], Json];
    if (target.version_type !== "external" || !Number.isInteger(target.version)) {
      throw new Refusal(400, "illegal_argument_exception", "This stand-in takes external versions only.");
    }
    writes.push({ action, target, source: action === "index" ? lines.shift() : null });
  }
  return writes;
}

function Searches({ searches }: { searches: Search[] }) {
  return (
    <div class="card">
      <h2>The latest searches</h2>
      {searches.length === 0 && <p>None yet. Search for courses.</p>}
      {searches.map(({ at, found, body }) => (
        <details>
          <summary>
            {at.slice(11, 19)} UTC, {found} found
          </summary>
          <pre>{JSON.stringify(body, null, 1)}</pre>
        </details>
      ))}
    </div>
  );
}
