import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import { mailStore, type StoredMail } from "./mail_store.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

/** Serves the mailbox: pages at `/mailbox` for people, JSON at `/mailbox/api/messages` for programs. */
export function mailbox(state: DatabaseSync): { app: Hono } {
  const mails = mailStore(state);
  const app = new Hono();

  app.get("/mailbox", (c) => page(c, <MailList mails={mails.list(c.req.query("to"))} />));
  app.get("/mailbox/:id{\\d+}", (c) => {
    const mail = mails.get(Number(c.req.param("id")));
    return mail ? page(c, <MailView mail={mail} />) : c.notFound();
  });
  // A mail's content is shown but not run: no scripts, no forms, nothing from elsewhere.
  app.get("/mailbox/:id{\\d+}/html", (c) => {
    const mail = mails.get(Number(c.req.param("id")));
    if (!mail) return c.notFound();
    c.header(
      "content-security-policy",
      "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'",
    );
    return c.html(mail.html.replace(/<head>/i, '<head><base target="_top">'));
  });

  app.get("/mailbox/api/messages", (c) => c.json({ messages: mails.list(c.req.query("to")) }));
  app.get("/mailbox/api/messages/:id{\\d+}", (c) => {
    const mail = mails.get(Number(c.req.param("id")));
    return mail ? c.json(mail) : c.json({ error: "There is no such message." }, 404);
  });
  app.delete("/mailbox/api/messages", (c) => {
    mails.clear();
    return c.body(null, 204);
  });

  return { app };
}

function page(c: Context, content: ReturnType<typeof MailList>) {
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
  return c.html(content);
}

const when = (mail: StoredMail) => mail.receivedAt.replace("T", " ").slice(0, 16) + " UTC";

function MailList({ mails }: { mails: StoredMail[] }) {
  return (
    <Page title="Mailbox">
      <h1>Mailbox</h1>
      {mails.length === 0
        ? <p>No mail yet. Register an account, and its verification mail appears here.</p>
        : (
          <ul class="plain card">
            {mails.map((mail) => (
              <li>
                <a href={`/mailbox/${mail.id}`}>
                  <strong>{mail.subject || "(no subject)"}</strong>
                  <br />
                  <span class="quiet">to {mail.to.join(", ")} · {when(mail)}</span>
                </a>
              </li>
            ))}
          </ul>
        )}
    </Page>
  );
}

function MailView({ mail }: { mail: StoredMail }) {
  return (
    <Page title={mail.subject}>
      <p>
        <a href="/mailbox">All mails</a>
      </p>
      <h1>{mail.subject}</h1>
      <p class="quiet">
        from {mail.from}
        <br />
        to {mail.to.join(", ")} · {when(mail)}
      </p>
      {mail.html && (
        <>
          <h2>HTML</h2>
          <iframe title="The mail as HTML" src={`/mailbox/${mail.id}/html`} height="360" />
        </>
      )}
      <h2 style="margin-top:1rem">Text</h2>
      <div class="card">
        <pre>{linked(mail.text)}</pre>
      </div>
    </Page>
  );
}

/** Renders the text with its URLs as links. */
function linked(text: string) {
  return text.split(/(https?:\/\/\S+)/).map((piece) =>
    /^https?:/.test(piece) ? <a key={piece} href={piece}>{piece}</a> : piece
  );
}
