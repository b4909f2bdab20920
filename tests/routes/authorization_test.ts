// Who may do what: every operation of the contract, asked for by everybody. A new operation does not compile until it
// has a row among those of its capability in tests/routes/authorization/.
import assert from "node:assert/strict";
import { operations } from "../support/operations.ts";
import type { OperationId } from "../../routes/http/contract_app.ts";
import { shopTest, type TestShop } from "../support/shop.ts";
import { accessRows } from "./authorization/access.ts";
import { accountsRows } from "./authorization/accounts.ts";
import { apiKeysRows } from "./authorization/api_keys.ts";
import { auditRows } from "./authorization/audit.ts";
import { authoringRows } from "./authorization/authoring.ts";
import { catalogRows } from "./authorization/catalog.ts";
import { checkoutRows } from "./authorization/checkout.ts";
import { learningRows } from "./authorization/learning.ts";
import { mediaRows } from "./authorization/media.ts";
import { notificationsRows } from "./authorization/notifications.ts";
import { operationsRows } from "./authorization/operations.ts";
import { ordersRows } from "./authorization/orders.ts";
import { playbackRows } from "./authorization/playback.ts";
import { pricingRows } from "./authorization/pricing.ts";
import { promotionsRows } from "./authorization/promotions.ts";
import { settlementRows } from "./authorization/settlement.ts";
import { statisticsRows } from "./authorization/statistics.ts";
import { supportRows } from "./authorization/support.ts";
import { universitiesRows } from "./authorization/universities.ts";
import { webhooksRows } from "./authorization/webhooks.ts";
import {
  type Ask,
  type Caller,
  makeWorld,
  restorePeople,
  type Row,
  type World,
} from "./authorization/table.ts";

const TABLE: Record<OperationId, Row> = {
  ...accessRows,
  ...accountsRows,
  ...apiKeysRows,
  ...auditRows,
  ...authoringRows,
  ...catalogRows,
  ...checkoutRows,
  ...learningRows,
  ...mediaRows,
  ...notificationsRows,
  ...operationsRows,
  ...ordersRows,
  ...playbackRows,
  ...pricingRows,
  ...promotionsRows,
  ...settlementRows,
  ...statisticsRows,
  ...supportRows,
  ...universitiesRows,
  ...webhooksRows,
};

Deno.test("every operation of the contract has a row in the authorization table, and no row is left over", () => {
  assert.deepEqual(Object.keys(TABLE).sort(), Object.keys(operations).sort());
});

Deno.test("an operation that needs a token refuses callers without one, and those with an invalid one", () => {
  for (const [id, { access }] of Object.entries(operations)) {
    const { anonymous, badToken } = TABLE[id as OperationId].answers;
    assert.equal(anonymous === 401 && badToken === 401, access === "required" || id === "refreshToken", id);
  }
});

shopTest("each operation responds to each caller as the authorization table says", async (shop) => {
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
}, { environment: (sandbox) => sandbox.supportEnvironment });

/** What needs no standing session, and looks it up itself: an ended one is told so all the same. */
const LOOK_THEMSELVES: OperationId[] = [
  "getMe",
  "getLesson",
  "startPlayback",
  "sendHeartbeat",
  "getVideoTicket",
  "getLessonProgress",
  "saveLessonProgress",
  "listAttachments",
  "linkAttachment",
  "getComment",
];
/** What an ended session may go on to read for as long as its token lasts: nothing follows from it. */
const READ_ALL_THE_TIME: OperationId[] = [
  "listCategories",
  "getCategory",
  "listCourses",
  "getCourse",
  "listParts",
  "getPart",
  "listLessons",
  "listReviews",
  "getOffer",
  "listTutors",
  "getTutor",
  "listUniversities",
  "getUniversity",
  "listEnrollments",
  "getEnrollment",
  "getCourseProgress",
];

Deno.test("an operation requires a valid session unless it is listed as an exception, none of which writes for ended accounts", () => {
  const exempt = Object.entries(operations).filter(([, { access, sessionMustStand }]) =>
    access !== "open" && !sessionMustStand
  );
  const known: string[] = [...LOOK_THEMSELVES, ...READ_ALL_THE_TIME];
  assert.deepEqual(exempt.map(([id]) => id).sort(), known.sort());
  for (const id of READ_ALL_THE_TIME) assert.equal(operations[id].route.method, "get", id);
});

shopTest(
  "after sign-out, or the end of a session, all operations refuse, except frequent reads",
  async (shop) => {
    const world = await makeWorld(shop.sql);
    const surprises: string[] = [];
    for (const [id, { access }] of Object.entries(operations) as [OperationId, { access: string }][]) {
      if (access === "open" || READ_ALL_THE_TIME.includes(id)) continue;
      const row = await TABLE[id].ask(world, "buyer");
      await shop.sql`update sessions set revoked_at = now() where user_id = ${world.people.buyer.id}`;
      const { status } = await send(shop, world, id, "buyer", row);
      if (status !== 401) surprises.push(`${id}: ${status}`);
      await restorePeople(world);
    }
    assert.deepEqual(surprises, []);
  },
);

async function askAs(shop: TestShop, world: World, id: OperationId, caller: Caller) {
  return await send(shop, world, id, caller, await TABLE[id].ask(world, caller));
}

async function send(
  shop: TestShop,
  world: World,
  id: OperationId,
  caller: Caller,
  { path, body, form, headers = {} }: Ask,
) {
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
