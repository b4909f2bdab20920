import assert from "node:assert/strict";
import { createLog } from "../../adapters/log.ts";
import { masked } from "../../adapters/masked.ts";

Deno.test("warnings and errors mask tokens, secrets and e-mail addresses, and keep everything else", () => {
  const lines: string[] = [];
  const log = createLog("json", (line) => lines.push(line), () => new Date(0));
  const error = new Error(
    "no answer from https://api.example/v3?token=abcdef&page=2 as Bearer abc.def-123 for Ada.L+x@mail.example.com " +
      "with eyJhbGciOi.eyJzdWIi.c2ln, sk_live_51abcdefgh, whsec_abcdefgh1 at postgres://shop:hunter2@db.example:5432/shop",
  );
  log.error("request failed", { requestId: "r1", error: error.message });
  log.info("request", { path: "/api/auth/users/me/" });
  const [failed, request] = lines.map((line) => JSON.parse(line));
  assert.equal(
    failed.error,
    "no answer from https://api.example/v3?token=***&page=2 as Bearer *** for ***@mail.example.com " +
      "with ***, sk_***, whsec_*** at postgres://shop:***@db.example:5432/shop",
  );
  assert.deepEqual([failed.requestId, request.path], ["r1", "/api/auth/users/me/"]);
});

Deno.test("a text that is long, and a stranger's, is masked in a time that grows with it", () => {
  for (const part of ["a", "a.", "1", "_", "a://", "eyJ", "a@", "a_secret_", "sk_", "token=", "Bearer "]) {
    const text = part.repeat(200_000 / part.length);
    const began = performance.now();
    masked(`${text} ada@mail.example`);
    const took = performance.now() - began;
    assert.ok(took < 1000, `${part}: ${took} ms`); // a square of it takes a minute
  }
});

Deno.test("every line has the ids of the current span, where there is telemetry", () => {
  const lines: string[] = [];
  const traceIds = () => ({ traceId: "t1", spanId: "s1" });
  const log = createLog("json", (line) => lines.push(line), () => new Date(0), { traceIds });
  log.info("request", { status: 200 });
  const { traceId, spanId, status } = JSON.parse(lines[0]!);
  assert.deepEqual([traceId, spanId, status], ["t1", "s1", 200]);
});
