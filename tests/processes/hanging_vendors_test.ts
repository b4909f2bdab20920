// A shop that is stopped while vendors that nobody waits for do not respond.
import assert from "node:assert/strict";
import { readConfig } from "../../adapters/config/read_config.ts";
import { createLog } from "../../adapters/log.ts";
import { STOP } from "../../adapters/deno/process.ts";
import { serve } from "../../main.ts";
import { passwords } from "../support/passwords.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { PASSWORD, shopTest, until } from "../support/shop.ts";

shopTest("a stop waits no longer for analytics and support than for any job", async (shop) => {
  const { faults, supportEnvironment, analyticsEnvironment } = shop.sandbox;
  const port = freePort();
  const config = readConfig({ ...shop.environment, ...supportEnvironment, ...analyticsEnvironment });
  const server = await serve({ ...config, port }, createLog("json", () => {}), {
    worksJobs: true,
    hostname: "127.0.0.1",
    passwords,
  });
  let took = Infinity;
  try {
    faults.set("support", "silent");
    faults.set("analytics", "silent");
    const visit = { client_id: "1.2", session_id: "3", ad_user_data: false, ad_personalization: false };
    const registered = await fetch(`http://127.0.0.1:${port}/api/auth/users/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ada@example.com", password: PASSWORD, analytics: visit }),
    });
    assert.equal(registered.status, 201, await registered.text());
    await until(() => Promise.resolve(faults.asked.support > 0 && faults.asked.analytics > 0));
  } finally {
    const began = performance.now();
    await server.stop();
    took = performance.now() - began;
  }
  assert.ok(took < STOP.jobs + 2000, `${took} ms`);
});
