import { engines, freshDatabase } from "../support/test_database.ts";
import { runBurst } from "./burst.ts";

if (engines.includes("postgres")) {
  Deno.test("three processes on one PostgreSQL under a burst of events lose nothing and double nothing", async () => {
    const { url, drop } = await freshDatabase("postgres");
    try {
      await runBurst(url, 300);
    } finally {
      await drop();
    }
  });
}
