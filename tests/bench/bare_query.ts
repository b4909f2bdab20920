// What the first response of the catalog is measured against: Hono and the driver, with one query.
import { Hono } from "hono";
import postgres from "postgres";

const [port, databaseUrl] = Deno.args;
const sql = postgres(databaseUrl!);
const app = new Hono();
app.get(
  "/api/courses/courses/",
  async (c) =>
    c.json(await sql`select id, slug, title, description from courses order by created_at limit 12`),
);
Deno.serve({ port: Number(port), onListen() {} }, app.fetch);
