import assert from "node:assert/strict";
import { configuredEdge } from "../../adapters/edge/edge.ts";
import { readConfig } from "../../adapters/config/read_config.ts";
import { ConfigError } from "../../adapters/config/variables.ts";
import { NO_VENDORS, serverEnvironment } from "../support/environment.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

const configOf = (environment: Record<string, string>) =>
  readConfig(
    serverEnvironment({ port: 8000, databaseUrl: "postgres://shop@localhost/shop" }, {
      ...NO_VENDORS,
      ...environment,
    }),
  );
const tags = Array.from({ length: 600 }, (_, n) => `course-${n}`);

sandboxTest(
  "each cache is asked in requests as large as it takes, the nearest to the API first",
  async (sandbox) => {
    const edge = configuredEdge(
      configOf({ ...sandbox.environment, MEDIA_CDN_URL: "https://cdn.example.com" }),
    );
    await edge.purge(tags);
    const asked = sandbox.purges.toReversed();
    assert.deepEqual(asked.map(({ cache, items }) => `${cache} ${items.length}`), [
      "Deno Deploy 500",
      "Deno Deploy 100",
      ...Array.from({ length: 6 }, () => "Cloudflare 100"),
    ]);
    assert.deepEqual(asked.slice(0, 2).flatMap(({ items }) => items), tags);
    await edge.purgeFiles(["media/logos/a.jpg"]);
    assert.deepEqual(sandbox.purges[0]!.items, ["https://cdn.example.com/media/logos/a.jpg"]);
    sandbox.faults.set("edge", "busy");
    await assert.rejects(edge.purge(["courses"]), {
      code: "vendor_unavailable",
      details: { retryAfter: 30 },
    });
  },
);

sandboxTest("if one cache cannot be purged, the others are", async (sandbox) => {
  const edge = configuredEdge(configOf({ ...sandbox.environment, VARNISH_URL: "http://127.0.0.1:9" }));
  await assert.rejects(edge.purge(["courses"]), /Varnish does not answer/);
  assert.deepEqual(sandbox.purges.map(({ cache }) => cache), ["Cloudflare", "Deno Deploy"]);
  const wrong = configOf({ ...sandbox.environment, CLOUDFLARE_ZONE_ID: "another" });
  await assert.rejects(
    configuredEdge(wrong).purge(["courses"]),
    /Cloudflare answered 403: .*Authentication error/,
  );
});

Deno.test("without a cache nothing is kept or purged; on Deno Deploy there is always one", async () => {
  const none = configOf({});
  assert.equal(none.edge.seconds, 0);
  await configuredEdge(none).purge(["courses"]);
  const deploy = configOf({ DENO_DEPLOY: "true" }).edge;
  assert.deepEqual([deploy.deployUrl, deploy.seconds], ["http://cache.localhost", 60]);
  assert.equal(
    configOf({ VARNISH_URL: "http://10.0.0.2/", EDGE_SECONDS: "300" }).edge.varnishUrl,
    "http://10.0.0.2",
  );
  for (const half of ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ZONE_ID"]) {
    assert.throws(() => configOf({ [half]: "x" }), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      return /CLOUDFLARE_(API_TOKEN|ZONE_ID) is missing/.test(error.message);
    });
  }
});
