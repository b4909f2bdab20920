// `deno task mail:preview`: every letter in every language, with sample data, in the browser.
import { type Context, Hono } from "hono";
import { raw } from "hono/html";
import type { Language } from "../../domain/accounts/ports.ts";
import type { Message, NoticeKind } from "../../domain/notifications/ports.ts";
import { brandedLetters } from "./letters.ts";
import { LANGUAGES } from "./phrases.ts";
import { SAMPLES } from "./samples.ts";

const letters = brandedLetters({
  name: Deno.env.get("SHOP_NAME") || "11Tutors",
  logoUrl: Deno.env.get("SHOP_LOGO_URL") || null,
  colour: Deno.env.get("SHOP_COLOUR") || "#4338ca",
});
const port = Number(Deno.env.get("PREVIEW_PORT") || 8200);
const KINDS = Object.keys(SAMPLES) as NoticeKind[];

const STYLE = `
  :root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem }
  iframe { width: 100%; height: 640px; border: 1px solid #8888; border-radius: 8px; background: #fff }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem }
  pre { white-space: pre-wrap; overflow-wrap: anywhere } nav a { margin-right: .75rem }`;

function letter(kind: NoticeKind, language: Language) {
  const message = { kind, data: SAMPLES[kind] } as Message;
  const to = { userId: "sample", email: "maya@example.com", name: "Maya", language, isProven: true };
  const declinable = kind === "course_update" || kind === "tutor_digest";
  return letters.write(
    message,
    to,
    declinable ? "https://api.11-tutors.com/unsubscribe/?token=sample" : null,
  );
}

function asked(c: Context): { kind: NoticeKind; language: Language } | null {
  const kind = KINDS.find((known) => known === c.req.param("kind"));
  const language = LANGUAGES.find((known) => known === c.req.param("language"));
  return kind && language ? { kind, language } : null;
}

const app = new Hono();
app.get("/", (c) => c.html(<Index />));
app.get("/:kind/:language", (c) => {
  const known = asked(c);
  return known ? c.html(<Pair {...known} />) : c.notFound();
});
app.get("/:kind/:language/text", (c) => {
  const known = asked(c);
  return known ? c.text(letter(known.kind, known.language).text) : c.notFound();
});
// Rewrites the mail's media query to force the colour scheme, whatever the browser prefers.
app.get("/:kind/:language/:scheme{light|dark}", (c) => {
  const known = asked(c);
  if (!known) return c.notFound();
  const { html } = letter(known.kind, known.language);
  const media = c.req.param("scheme") === "dark" ? "@media all" : "@media not all";
  return c.html(html.replace("@media (prefers-color-scheme: dark)", media));
});

function Frame({ title, children }: { title: string; children?: unknown }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>{children}</body>
    </html>
  );
}

function Index() {
  return (
    <Frame title="Letters">
      <h1>Letters</h1>
      <table>
        {KINDS.map((kind) => (
          <tr>
            <td>{kind}</td>
            {LANGUAGES.map((language) => (
              <td>
                <a href={`/${kind}/${language}`}>{language}</a>
              </td>
            ))}
            <td>{letter(kind, "en").subject}</td>
          </tr>
        ))}
      </table>
    </Frame>
  );
}

function Pair({ kind, language }: { kind: NoticeKind; language: Language }) {
  const { subject, text } = letter(kind, language);
  const path = `/${kind}/${language}`;
  return (
    <Frame title={`${kind} ${language}`}>
      <nav>
        <a href="/">All letters</a>
        {LANGUAGES.map((other) => <a key={other} href={`/${kind}/${other}`}>{other}</a>)}
      </nav>
      <h1>{subject}</h1>
      <div class="pair">
        <iframe title="Light" src={`${path}/light`} />
        <iframe title="Dark" src={`${path}/dark`} />
        <pre>{text}</pre>
      </div>
    </Frame>
  );
}

try {
  Deno.serve({
    port,
    hostname: "127.0.0.1",
    onListen: () => console.log(`Letters: http://localhost:${port}`),
  }, app.fetch);
} catch (error) {
  if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  console.error(
    `Port ${port} is taken. Stop the program that listens there, or set PREVIEW_PORT to another port.`,
  );
  Deno.exit(1);
}
