import { Hono } from "hono";
import { Webhook } from "standardwebhooks";
import { readForm } from "./form.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

/** A message as it came, and what its signature says. */
type Received = { at: string; id: string; body: string; verdict: string };

/** How many messages are shown. */
const SHOWN = 100;
const PATH = "/sandbox/webhooks";

/**
 * Receiver of the shop's own webhooks, as an integrator would run it. The page shows what came, and whether the
 * signature is right for the secret that was entered there.
 */
export function webhookReceiver({ origin }: { origin: () => string }) {
  const received: Received[] = [];
  let secret = "";
  const app = new Hono();

  app.post(`${PATH}/receive`, async (c) => {
    const body = await c.req.text();
    const headers = c.req.header();
    received.unshift({
      at: new Date().toISOString(),
      id: headers["webhook-id"] ?? "",
      body,
      verdict: verdictOf(secret, body, headers),
    });
    received.length = Math.min(received.length, SHOWN);
    return c.body(null, 204);
  });
  app.post(PATH, async (c) => {
    secret = (await readForm(c.req.raw)).texts.secret ?? "";
    return c.redirect(PATH, 303);
  });
  app.get(
    PATH,
    (c) =>
      c.html(
        <Messages received={received} url={`${origin()}${PATH}/receive`} hasSecret={secret !== ""} />,
        200,
        PAGE_HEADERS,
      ),
  );
  return { app };
}

function verdictOf(secret: string, body: string, headers: Record<string, string>): string {
  if (secret === "") return "not verified: enter the endpoint's secret";
  try {
    new Webhook(secret).verify(body, headers);
    return "verified";
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : error}`;
  }
}

function Messages({ received, url, hasSecret }: { received: Received[]; url: string; hasSecret: boolean }) {
  return (
    <Page title="Webhooks">
      <h1>Webhooks of the shop</h1>
      <p>
        Add the endpoint <code>{url}</code> with{" "}
        <code>POST /api/webhooks/endpoints/</code>, and enter its secret here, so that signatures are
        verified.
      </p>
      <form method="post" class="card">
        <label for="secret">Secret {hasSecret ? "(entered)" : ""}</label>
        <input id="secret" name="secret" placeholder="whsec_…" autocomplete="off" />
        <button type="submit">Save</button>
      </form>
      {received.length === 0
        ? <p>Nothing yet.</p>
        : received.map(({ at, id, body, verdict }) => (
          <div class="card">
            <p class="quiet">{at.slice(11, 19)} UTC · {id} · {verdict}</p>
            <pre>{body}</pre>
          </div>
        ))}
    </Page>
  );
}
