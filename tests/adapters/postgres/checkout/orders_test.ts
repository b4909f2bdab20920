import assert from "node:assert/strict";
import { postgresOrderHistory, postgresOrders } from "../../../../adapters/postgres/checkout/orders.ts";
import type { OrderDraft } from "../../../../domain/checkout/ports.ts";
import { addCourses } from "../../../support/order_rows.ts";
import { databaseTest } from "../../../support/test_database.ts";

databaseTest(
  "a new order is returned as it is read later, with its lines in order and every amount exact",
  async ({ sql }) => {
    await sql`insert into users (id, email, password_hash, role) values ('ada', 'ada@example.com', '', 3)`;
    const { optics, logic } = await addCourses(sql, "optics", "logic");
    const large = 2n ** 60n + 1n; // JSON's numbers end at 2 ** 53
    const draft: OrderDraft = {
      studentId: "ada",
      lines: [
        { courseId: optics!, courseSlug: "optics", title: "“Optics” \\ ∑", amount: large, discount: 1n },
        { courseId: logic!, courseSlug: "logic", title: "Logic", amount: 0n, discount: 0n },
      ],
      subtotal: { amount: large, currency: "usd" },
      promotion: null,
      pageExpiresAt: new Date("2026-03-01T14:00:00.123Z"),
    };
    const order = await postgresOrders(sql).create(draft);
    assert.deepEqual(order!.lines.map(({ id: _, ...line }) => line), draft.lines);
    assert.deepEqual(await postgresOrderHistory(sql).byId(order!.id), order);
  },
);
