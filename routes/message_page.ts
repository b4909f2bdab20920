import { html } from "hono/html";

/** The page's own style, and nothing else. */
export const MESSAGE_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** A small page for people who followed a link: what happened, and where to go on. Light and dark, wide and narrow. */
export function messagePage(title: string, message: string, goOn: { label: string; url: string }): string {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title} · 11Tutors</title>
        <style>
      body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.05rem/1.5 system-ui, sans-serif;
        background: light-dark(#f5f5fa, #14141c); color: light-dark(#1c1c28, #ececf4) }
      main { max-width: 26rem; margin: 1rem; padding: 2rem; border-radius: 1rem; background: light-dark(#fff, #20202c) }
      h1 { margin-top: 0; font-size: 1.5rem }
      a { display: inline-block; padding: .75rem 1.25rem; border-radius: .5rem; background: #4338ca; color: #fff;
        text-decoration: none }
    </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>${message}</p>
          <p><a href="${goOn.url}">${goOn.label}</a></p>
        </main>
      </body>
    </html>
  `.toString();
}
