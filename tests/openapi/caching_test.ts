import assert from "node:assert/strict";
import { withCaching } from "../../openapi/caching.ts";
import type { Operation, SecurityRequirement } from "../../openapi/document.ts";

const ANYBODY: SecurityRequirement[] = [{ bearerAuth: [] }, {}];

/** Adds the caching to a contract with one operation, and returns that. */
function declared(method: string, operation: Partial<Operation>): Operation {
  const document = {
    security: [{ bearerAuth: [] }],
    paths: { "/x/": { [method]: { operationId: "x", responses: {}, ...operation } } },
  };
  return withCaching(document).paths["/x/"]![method]!;
}

Deno.test("a read without a token must say by which tags it is kept, or why it is not", () => {
  assert.throws(() => declared("get", { security: ANYBODY }), /x: say under x-cache/);
  assert.throws(() => declared("get", { security: [] }), /x: say under x-cache/);
  const kept = declared("get", { security: ANYBODY, "x-cache": ["courses", "tutor"] });
  assert.ok("304" in kept.responses);
  const not = declared("get", { security: ANYBODY, "x-cache": "It is about this moment." });
  assert.ok(!("304" in not.responses));
});

Deno.test("nothing else may be kept, and no tag is made up", () => {
  assert.throws(() => declared("get", { "x-cache": ["courses"] }), /reads that need no token/);
  assert.throws(() => declared("post", { security: [], "x-cache": ["courses"] }), /reads that need no token/);
  assert.throws(
    () => declared("get", { security: [], "x-cache": ["lessons"] }),
    /x-cache is a list of courses/,
  );
  assert.throws(() => declared("get", { security: [], "x-cache": [] }), /x-cache is a list of courses/);
  assert.ok(declared("get", {}), "a read with a token says nothing");
});
