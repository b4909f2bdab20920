import { html } from "hono/html";
import type { Language } from "../../domain/accounts/ports.ts";

/** Allows only the page's own style and form. */
export const MESSAGE_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

/** A form with one button, and a password field if that has a label. It posts multipart/form-data to `action`. */
export type PageForm = { action: string; button: string; passwordLabel?: string };

/**
 * Renders a small page for people who followed a link: what happened, and where to continue or what to do. It adapts to
 * light and dark, wide and narrow.
 */
export function messagePage(
  { language, shopName }: { language: Language; shopName: string },
  title: string,
  message: string,
  next: { label: string; url: string } | PageForm,
): string {
  return html`
    <!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title} · ${shopName}</title>
        <style>
      body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.05rem/1.5 system-ui, sans-serif;
        background: light-dark(#f5f5fa, #14141c); color: light-dark(#1c1c28, #ececf4) }
      main { max-width: 26rem; margin: 1rem; padding: 2rem; border-radius: 1rem; overflow-wrap: anywhere;
        background: light-dark(#fff, #20202c) }
      h1 { margin-top: 0; font-size: 1.5rem }
      label, input { display: block; width: 100%; box-sizing: border-box; font: inherit }
      input { margin: .25rem 0 1rem; padding: .6rem; border-radius: .5rem; border: 1px solid #7a7a8c;
        background: light-dark(#fff, #14141c); color: inherit }
      a, button { display: inline-block; padding: .75rem 1.25rem; border: 0; border-radius: .5rem; font: inherit;
        background: #4338ca; color: #fff; text-decoration: none; cursor: pointer }
    </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>${message}</p>
          ${"action" in next ? pageForm(next) : html`
            <p><a href="${next.url}">${next.label}</a></p>
          `}
        </main>
      </body>
    </html>
  `.toString();
}

function pageForm({ action, button, passwordLabel }: PageForm) {
  const field = html`
    <label for="password">${passwordLabel}</label>
    <input id="password" name="password" type="password" minlength="8" maxlength="128"
      autocomplete="new-password" required>
  `;
  return html`
    <form method="post" enctype="multipart/form-data" action="${action}">
      ${passwordLabel ? field : ""}
      <button type="submit">${button}</button>
    </form>
  `;
}
