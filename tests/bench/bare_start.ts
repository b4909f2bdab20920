// What a start is measured against: as many routes as the contract has on @hono/zod-openapi, or Hono and the driver with one
// query, and nothing else.
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";

const [port, routes] = Deno.args.map(Number);
const app = new OpenAPIHono();
for (let n = 0; n < routes!; n++) {
  const route = createRoute({
    method: "get",
    path: `/things-${n}/{id}/`,
    request: {
      params: z.object({ id: z.string() }),
      query: z.object({ page: z.coerce.number().optional(), search: z.string().optional() }),
    },
    responses: {
      200: {
        description: "One of them.",
        content: { "application/json": { schema: z.object({ id: z.string(), title: z.string() }) } },
      },
    },
  });
  app.openapi(route, (c) => c.json({ id: c.req.valid("param").id, title: "Thing" }));
}
app.get("/health", (c) => c.json({ status: "ok" }));
Deno.serve({ port: port!, onListen() {} }, app.fetch);
