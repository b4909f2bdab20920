// Who may do what: every operation of the contract, asked for by everybody. A new operation does not compile until it
// has a row among those of its capability in tests/routes/authorization/.
import assert from "node:assert/strict";
import { operations } from "../../openapi/generated/operations.ts";
import type { OperationId } from "../../routes/http/contract_app.ts";
import { shopTest, type TestShop } from "../support/shop.ts";
import { oneEngine } from "../support/test_database.ts";
import { accessRows } from "./authorization/access_rows.ts";
import { accountRows } from "./authorization/accounts_rows.ts";
import { authoringRows } from "./authorization/authoring_rows.ts";
import { attachmentRows } from "./authorization/attachment_rows.ts";
import { catalogueRows } from "./authorization/catalogue_rows.ts";
import { coTutorRows } from "./authorization/co_tutor_rows.ts";
import { checkoutRows } from "./authorization/checkout_rows.ts";
import { healthRows } from "./authorization/health_rows.ts";
import { learningRows } from "./authorization/learning_rows.ts";
import { lessonRows } from "./authorization/lesson_rows.ts";
import { peopleRows } from "./authorization/people_rows.ts";
import { disputeRows } from "./authorization/dispute_rows.ts";
import { videoRows } from "./authorization/video_rows.ts";
import { orderRows } from "./authorization/orders_rows.ts";
import { pricingRows } from "./authorization/pricing_rows.ts";
import { statisticsRows } from "./authorization/statistics_rows.ts";
import { settlementRows } from "./authorization/settlement_rows.ts";
import { notificationRows } from "./authorization/notification_rows.ts";
import { type Caller, makeWorld, restorePeople, type Row, type World } from "./authorization/table.ts";

const TABLE: Record<OperationId, Row> = {
  ...accessRows,
  ...accountRows,
  ...peopleRows,
  ...catalogueRows,
  ...authoringRows,
  ...lessonRows,
  ...notificationRows,
  ...videoRows,
  ...attachmentRows,
  ...coTutorRows,
  ...learningRows,
  ...statisticsRows,
  ...checkoutRows,
  ...orderRows,
  ...disputeRows,
  ...pricingRows,
  ...settlementRows,
  ...healthRows,
};

Deno.test("every operation of the contract has a row in the authorization table, and no row is left over", () => {
  assert.deepEqual(Object.keys(TABLE).sort(), Object.keys(operations).sort());
});

Deno.test("an operation that needs a token turns away those without one, and those with a bad one", () => {
  for (const [id, { access }] of Object.entries(operations)) {
    const { anonymous, badToken } = TABLE[id as OperationId].answers;
    assert.equal(anonymous === 401 && badToken === 401, access === "required" || id === "refreshToken", id);
  }
});

shopTest("each operation answers each caller as the authorization table says", async (shop) => {
  const world = await makeWorld(shop.sql);
  const surprises: string[] = [];
  for (const [id, row] of Object.entries(TABLE) as [OperationId, Row][]) {
    for (const [caller, expected] of Object.entries(row.answers) as [Caller, number][]) {
      const { status, text } = await askAs(shop, world, id, caller);
      if (status !== expected) surprises.push(`${id} as ${caller}: ${status}, not ${expected}: ${text}`);
      await restorePeople(world);
    }
  }
  assert.deepEqual(surprises, []);
}, { on: oneEngine });

async function askAs(shop: TestShop, world: World, id: OperationId, caller: Caller) {
  const { path, body, form, headers = {} } = await TABLE[id].ask(world, caller);
  const token = caller === "anonymous" ? null : caller === "badToken" ? "bad" : world.people[caller].token;
  const response = await shop.fetch(`${shop.api}${path}`, {
    method: operations[id].route.method.toUpperCase(),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    redirect: "manual",
  });
  return { status: response.status, text: (await response.text()).slice(0, 300) };
}
