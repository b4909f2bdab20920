import assert from "node:assert/strict";
import { checkedFetch } from "../../support/contract_check.ts";
import { ServerTrace } from "../../support/server_trace.ts";

const api = "http://shop.test";
const answering = (status: number, body: unknown, type = "application/json") =>
  checkedFetch(
    api,
    () => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "content-type": type } })),
  );

Deno.test("the contract check passes a response that the contract describes", async () => {
  const response = await answering(200, { status: "ok" })(`${api}/health`);
  assert.deepEqual(await response.json(), { status: "ok" });
});

Deno.test("the contract check refuses a status, a media type, a value and a property that the contract lacks", async () => {
  await assert.rejects(answering(418, {})(`${api}/health`), /418, which the contract lacks/);
  await assert.rejects(answering(200, { status: "ok" }, "text/plain")(`${api}/health`), /as text\/plain/);
  await assert.rejects(answering(200, { status: "fine" })(`${api}/health`), /must be equal to constant/);
  await assert.rejects(
    answering(200, { status: "ok", password_hash: "x" })(`${api}/health`),
    /must NOT have additional properties/,
  );
});

Deno.test("a failure shows what the server logged for the request, or its last refusal", async () => {
  const logged = [{ requestId: "other", error: "Error: other" }, {
    requestId: "this",
    error: "Error: boom\n    at here",
  }];
  const trace = new ServerTrace(
    logged.map((line) => JSON.stringify({ level: "error", message: "request failed", ...line })),
  );
  const respond = (status: number) =>
    Promise.resolve(new Response("{}", { status, headers: { "x-request-id": "this" } }));
  const failing = checkedFetch(api, () => respond(500), trace);
  await assert.rejects(failing(`${api}/health`), (error: Error) => {
    assert.match(
      error.message,
      /500, which the contract lacks[\s\S]*request failed Error: boom\n {4}at here/,
    );
    assert.doesNotMatch(error.message, /other/);
    return true;
  });
  const run = trace.explainFailureOf(() => Promise.resolve(assert.equal(undefined, "an id")));
  await assert.rejects(
    run,
    /an id[\s\S]*last refused:\nGET \/health -> 500[\s\S]*logged:[\s\S]*other[\s\S]*boom/,
  );
});
