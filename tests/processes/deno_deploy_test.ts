import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { ready, ROOT, startProcess } from "../support/shop_process.ts";
import { until } from "../support/shop.ts";
import { engines, freshDatabase } from "../support/test_database.ts";
import { startVendors } from "../support/vendors.ts";

/** What Deno Deploy sets. */
const platform = (timeline: string) => ({
  DENO_DEPLOY: "true",
  DENO_DEPLOYMENT_ID: "deployment",
  DENO_TIMELINE: timeline,
});
const onDeploy = { options: ["--preload", `${ROOT}tests/support/deploy_platform.ts`] };
const { entrypoint } = config.deploy.runtime;

/** The shop as Deploy runs it from deno.json, migrated by its pre-deploy command, on a timeline of its own database. */
async function deploy(timeline: string) {
  await using parts = new AsyncDisposableStack();
  const { url, drop } = await freshDatabase("postgres");
  parts.defer(drop);
  const { sandbox, api, port, environment: vendors } = await startVendors(url);
  parts.defer(() => sandbox.stop());
  const environment = { ...vendors, FRONTEND_URL: "https://shop.example", ...platform(timeline) };
  const [deno, run, all, script, ...args] = config.deploy.predeploy.split(" ");
  assert.deepEqual([deno, run, all], ["deno", "run", "-A"]);
  const migrated = await startProcess(script!, environment, { args, ...onDeploy }).output();
  assert.equal(migrated.code, 0, new TextDecoder().decode(migrated.stderr));
  const server = startProcess(entrypoint, environment, onDeploy).spawn();
  const output = new TextDecoderStream();
  let log = "";
  const reading = server.stdout.pipeThrough(output).pipeTo(
    new WritableStream({ write: (text) => void (log += text) }),
  );
  parts.defer(async () => {
    await server.stderr.cancel();
    await server.status;
    await reading;
  });
  await ready(api);
  const open = parts.move();
  return {
    api,
    port,
    sandbox,
    server,
    log: () => log,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function register(api: string, email: string, as: "users" | "tutors" = "users"): Promise<void> {
  const response = await fetch(`${api}/api/auth/${as}/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ first_name: "Ada", last_name: "Lovelace", email, password: "three-odd-words" }),
  });
  assert.equal(response.status, 201, await response.text());
}

const mailsTo = async (origin: string, email: string): Promise<unknown[]> =>
  (await (await fetch(`${origin}/mailbox/api/messages?to=${email}`)).json()).messages;

if (engines.includes("postgres")) {
  Deno.test("on Deno Deploy the cron is found before anything is served, and its ticks send what is due", async () => {
    await using shop = await deploy("production");
    assert.match(shop.log(), /"cron registered","name":"work jobs","schedule":"\* \* \* \* \*"/);
    await register(shop.api, "ada@example.com");
    await until(async () => (await mailsTo(shop.sandbox.origin, "ada@example.com")).length === 1);
    assert.doesNotMatch(shop.log(), /cron failed/);
    shop.server.kill("SIGINT");
    assert.equal((await shop.server.status).code, 0);
  });

  Deno.test("on a branch of Deno Deploy the cron ticks and does nothing, but the server purges the cache", async () => {
    await using shop = await deploy("git-branch/try");
    await register(shop.api, "ada@example.com");
    await register(shop.api, "tutor@example.com", "tutors");
    await until(() => Promise.resolve(shop.sandbox.purges.some(({ items }) => items.includes("tutors"))));
    const ticks = () => shop.log().split("cron ran").length - 1;
    const before = ticks();
    await until(() => Promise.resolve(ticks() > before + 3));
    assert.deepEqual(await mailsTo(shop.sandbox.origin, "ada@example.com"), []);
    shop.server.kill("SIGINT");
    await shop.server.status;
  });

  Deno.test("a server on Deno Deploy that is told to stop does so with a request in flight, before it is killed", async () => {
    await using shop = await deploy("production");
    const hanging = await Deno.connect({ hostname: "127.0.0.1", port: shop.port });
    await hanging.write(
      new TextEncoder().encode(
        "POST /api/auth/token/ HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    shop.server.kill("SIGINT");
    const { code, signal } = await shop.server.status;
    assert.deepEqual([code, signal], [0, null], "it ended by itself, before its own deadline of 4.8 s");
    hanging.close();
  });
}
