import assert from "node:assert/strict";
import { checkedFetch } from "../../support/contract_check.ts";

const api = "http://shop.test";
const answering = (status: number, body: unknown, type = "application/json") =>
  checkedFetch(
    api,
    () => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "content-type": type } })),
  );

Deno.test("the contract check passes an answer that the contract describes", async () => {
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
