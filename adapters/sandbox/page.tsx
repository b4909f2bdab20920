import type { Child } from "hono/jsx";
import { raw } from "hono/html";

const STYLE = `
  :root { color-scheme: light dark; --paper: light-dark(#fff, #1e1e2a); --ground: light-dark(#f4f4f9, #13131b);
    --ink: light-dark(#1b1b27, #ececf4); --quiet: light-dark(#5d5d70, #a3a3b8); --line: light-dark(#d9d9e3, #3a3a4c);
    --accent: #4338ca; --wrong: light-dark(#b42318, #ff9b91) }
  * { box-sizing: border-box }
  body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
  main { max-width: 44rem; margin: 0 auto; padding: 1.25rem }
  .narrow { max-width: 28rem }
  .note { background: light-dark(#fff4d6, #3b3115); padding: .4rem 1.25rem; text-align: center; font-size: .875rem }
  .card { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 1rem 0;
    overflow-wrap: anywhere }
  h1 { font-size: 1.4rem; line-height: 1.25 } h2 { font-size: 1.05rem; margin: 0 0 .5rem }
  a { color: light-dark(#4338ca, #a5b4fc) }
  .quiet { color: var(--quiet); font-size: .9rem } .total { font-size: 2rem; font-weight: 650; margin: 0 }
  .row { display: flex; justify-content: space-between; gap: 1rem } .row > :last-child { white-space: nowrap }
  label { display: block; margin: .75rem 0 .25rem; font-weight: 550 }
  label.choice { display: flex; gap: .6rem; align-items: baseline; font-weight: 400; margin: .5rem 0 }
  input:not([type=radio]) { width: 100%; padding: .7rem; font: inherit; color: inherit; background: var(--ground);
    border: 1px solid var(--line); border-radius: .5rem }
  input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid #818cf8; outline-offset: 1px }
  .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
  fieldset { border: 0; padding: 0; margin: 0 } legend { font-weight: 550; padding: 0 }
  button { width: 100%; margin-top: 1.25rem; padding: .85rem; font: inherit; font-weight: 600; color: #fff;
    background: var(--accent); border: 0; border-radius: .5rem; cursor: pointer }
  .wrong { color: var(--wrong); margin: .25rem 0 0 }
  table { border-collapse: collapse; width: 100% } td { padding: .35rem .5rem .35rem 0; vertical-align: top }
  code { font-family: ui-monospace, monospace; font-size: .95em }
  ul.plain { list-style: none; padding: 0; margin: 0 } ul.plain li + li { border-top: 1px solid var(--line) }
  ul.plain.card { padding: 0 1.25rem }
  ul.plain a { display: block; padding: .8rem 0; color: inherit; text-decoration: none }
  iframe { width: 100%; border: 1px solid var(--line); border-radius: .5rem; background: #fff; color-scheme: light }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
`;

/** Renders a page of the sandbox, for phones and dark mode too, without any script. */
export function Page(props: { title: string; narrow?: boolean; children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{props.title} · 11Tutors sandbox</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <p class="note" style="margin:0">
          Sandbox: a stand-in for development. No money moves, no mail leaves.
        </p>
        <main class={props.narrow ? "narrow" : ""}>{props.children}</main>
      </body>
    </html>
  );
}

/** Headers of the sandbox's pages: only their own style is allowed. */
export const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src 'self' data:",
  "cache-control": "no-store",
};
