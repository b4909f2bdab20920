import type { OpenAPIHono } from "@hono/zod-openapi";
import { lazily } from "../domain/lazily.ts";
import { entityTag, replyPublicly } from "./http/caching.ts";
import { reply, type Transport } from "./http/reply.ts";

const ASSETS: Record<string, string> = {
  "swagger-ui.css": "text/css",
  "swagger-ui-bundle.js": "text/javascript",
  "favicon-32x32.png": "image/png",
};
// Swagger UI has dark colours, which a class turns on.
const SETTINGS = `const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, tryItOutEnabled: true });
`;
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>11Tutors API</title>
<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css">
<style>body { margin: 0 }</style>
</head>
<body><main id="docs"></main>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/settings.js"></script></body>
</html>
`;
const PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/**
 * Serves the contract at `/openapi.json` and Swagger UI, from the package's own files, at `/docs`. `/` redirects
 * there.
 */
export function addDocs(app: OpenAPIHono<Transport>): void {
  const contract = lazily(async () => {
    const { default: document } = await import("../openapi/generated/server/openapi.json", {
      with: { type: "json" },
    });
    const json = JSON.stringify(document);
    return { json, etag: entityTag(json), cacheTags: [] }; // it changes with releases only, so nothing purges it
  });

  app.get("/openapi.json", async (c) => replyPublicly(c, await contract()));
  app.get("/", (c) => reply(c, null, { status: 302, headers: { location: "/docs" } }));
  app.get("/docs", (c) => {
    const headers = { "content-type": "text/html; charset=UTF-8", "content-security-policy": PAGE_POLICY };
    return reply(c, PAGE, { headers });
  });
  app.get("/docs/settings.js", (c) => reply(c, SETTINGS, { headers: { "content-type": "text/javascript" } }));
  app.get("/docs/:file", async (c) => {
    const file = c.req.param("file");
    const type = ASSETS[file];
    if (!type) return c.notFound();
    const location = import.meta.resolve(`swagger-ui-dist/${file}`);
    const headers = { "content-type": type, "cache-control": "public, max-age=3600" };
    return reply(c, await Deno.readFile(new URL(location)), { headers });
  });
}
