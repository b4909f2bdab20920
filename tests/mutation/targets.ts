/** The rules whose changes must be noticed, each with the fast tests that lie beside it. */
export const TARGETS: { file: string; tests: string[] }[] = [
  // Each with its own file: together they would take ten times as long.
  ...["judge", "line_balance", "refund_order", "settle"].map((name) => ({
    file: `domain/settlement/${name}.ts`,
    tests: [`tests/domain/settlement/${name}_test.ts`],
  })),
  ...beside("checkout", [
    "cancel_order",
    "chargeable",
    "close_page",
    "end_sales",
    "give_up",
    "quote_purchase",
    "show_order_status",
    "start_checkout",
  ]),
  ...beside("orders", ["refund_policy"]),
  { file: "domain/orders/refund_oneself.ts", tests: ["tests/domain/settlement/refund_order_test.ts"] },
  ...beside("promotions", ["create_promotion", "discount", "manage_promotions"]),
  ...beside("access", ["may_watch", "judge_grant", "plan_row"]),
  ...beside("playback", ["stream_limit"]),
  ...beside("pricing", ["least_charge", "read_prices", "set_offer"]),
  { file: "domain/money.ts", tests: ["tests/domain/money_test.ts", "tests/domain/promotions/"] },
  { file: "adapters/stripe/events.ts", tests: ["tests/adapters/stripe_events_test.ts"] },
];

function beside(capability: string, names: string[]) {
  return names.map((name) => ({
    file: `domain/${capability}/${name}.ts`,
    tests: [`tests/domain/${capability}/`],
  }));
}
