import { Hono } from "hono";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

/** A message as it was posted. */
export type Post = { text: string; at: string };

/** How many messages are shown. */
const SHOWN = 200;

/**
 * Stand-in for Slack's incoming webhooks, with the errors that they document. `/sandbox/alerts` shows what was posted.
 */
export function slackSandbox({ path, faults }: { path: string; faults: Faults }) {
  const posts: Post[] = [];
  const app = new Hono();
  app.post("/services/*", faults.strike("alerts"), async (c) => {
    if (c.req.path !== path) return c.text("no_service", 404);
    const body = await c.req.json().catch(() => null);
    if (typeof body?.text !== "string") return c.text("invalid_payload", 400);
    if (body.text === "") return c.text("no_text", 400);
    posts.unshift({ text: body.text, at: new Date().toISOString() });
    posts.length = Math.min(posts.length, SHOWN);
    return c.text("ok");
  });
  app.get("/sandbox/alerts", (c) => c.html(<Posts posts={posts} />, 200, PAGE_HEADERS));
  return { app, posts };
}

function Posts({ posts }: { posts: Post[] }) {
  return (
    <Page title="Alerts">
      <h1>Alerts in the operator's chat</h1>
      {posts.length === 0
        ? (
          <p>
            Nothing yet. An alert appears here when something needs the operator, such as a disputed payment.
          </p>
        )
        : posts.map(({ text, at }) => (
          <div class="card">
            <p class="quiet">{at.slice(11, 19)} UTC</p>
            <pre>{text}</pre>
          </div>
        ))}
    </Page>
  );
}
