import assert from "node:assert/strict";
import fc from "fast-check";
import { chargeUnit } from "../../../domain/money.ts";
import { askable, judge, refundable } from "../../../domain/settlement/judge.ts";
import { lineBalances } from "../../../domain/settlement/line_balance.ts";
import type { RefundStatus } from "../../../domain/settlement/evidence.ts";
import type { OrderFacts, RefundFact } from "../../../domain/settlement/ports.ts";
import { evidence, noFacts, openOrder } from "../../support/memory_shop.ts";

const usd = (amount: bigint) => ({ amount, currency: "usd" });
const of = (...nets: bigint[]) => nets.map((net, index) => ({ id: "abcdef"[index]!, net }));
const unnamed = (amount: bigint) => ({ amount, lines: [] });
const named = (lineId: string, amount: bigint) => ({ amount, lines: [{ lineId, amount }] });
const given = (...refunds: ReturnType<typeof unnamed | typeof named>[]) =>
  lineBalances(of(5000n, 5000n), usd(10_000n), refunds).map(({ refunded, left }) => [refunded, left]);

Deno.test("a line refunded by name after goodwill is refunded in full, and the other keeps its share", () => {
  assert.deepEqual(given(unnamed(1000n)), [[500n, 4500n], [500n, 4500n]]);
  assert.deepEqual(given(unnamed(1000n), named("a", 4500n)), [[5000n, 0n], [500n, 4500n]]);
});

Deno.test("goodwill after a line was refunded by name counts for the other line", () => {
  assert.deepEqual(given(named("a", 5000n), unnamed(500n)), [[5000n, 0n], [500n, 4500n]]);
});

Deno.test("a line is not refunded in full if the goodwill before its refund failed", () => {
  assert.deepEqual(given(named("a", 4500n)), [[4500n, 500n], [0n, 5000n]]);
});

Deno.test("tax is refunded with its line", () => {
  const balances = lineBalances(of(3000n, 0n, 2000n), usd(5950n), [named("a", 3570n)]);
  assert.deepEqual(balances.map(({ paid, left }) => [paid, left]), [[3570n, 0n], [0n, 0n], [2380n, 2380n]]);
});

Deno.test("a discount split into single fils still leaves refundable lines", () => {
  const balances = lineBalances(of(8333n, 8333n, 8334n), { amount: 25_000n, currency: "kwd" }, []);
  assert.deepEqual(balances.map(({ paid }) => paid), [8330n, 8330n, 8340n]);
});

/** One refund of what is left, as a person would ask for it or as it is made at the provider without a line. */
type Step = { line: number | null; percent: number; fate: RefundStatus };
const step: fc.Arbitrary<Step> = fc.record({
  line: fc.option(fc.nat(4)),
  percent: fc.integer({ min: 1, max: 100 }),
  fate: fc.constantFrom("succeeded", "succeeded", "pending", "requested", "failed", "canceled"),
});
const purchase = fc.record({
  currency: fc.constantFrom("usd", "jpy", "kwd", "mga"),
  lines: fc.array(fc.record({ units: fc.nat(20_000), off: fc.integer({ min: 0, max: 100 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  taxPercent: fc.constantFrom(0, 0, 7, 19),
  steps: fc.array(step, { maxLength: 8 }),
});

const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

Deno.test("whatever is refunded, by name or not, and whatever fails: sums are exact, a line ends when it is given back, and what is left can be asked for", () => {
  fc.assert(
    fc.property(purchase, ({ currency, lines, taxPercent, steps }) => {
      const unit = chargeUnit(currency);
      const drawn = lines.map(({ units, off }, index) => ({
        id: `line-${index}`,
        amount: BigInt(units) * unit,
        discount: BigInt(Math.floor(units * off / 100)) * unit,
      }));
      const [first] = openOrder().lines;
      const total = sum(drawn.map(({ amount }) => amount));
      const discount = sum(drawn.map((line) => line.discount));
      const tax = (total - discount) * BigInt(taxPercent) / 100n / unit * unit;
      const order = openOrder({
        state: "paid",
        lines: drawn.map((line) => ({ ...first!, ...line })),
        subtotal: { amount: total, currency },
      });
      const charged = total - discount + tax;
      const session = {
        ...evidence(order, { discount, tax, total: charged, paymentIntentId: charged > 0n ? "pi_1" : null }),
        mismatch: null,
        currency,
      };
      const base = noFacts(order);
      const facts = (refunds: RefundFact[]): OrderFacts => ({
        ...base,
        lines: base.lines.map((line, index) => ({ ...line, discount: drawn[index]!.discount })),
        sessions: [session],
        refunds,
      });
      const refunds: RefundFact[] = [];
      steps.forEach(({ line, percent, fate }, number) => {
        const before = askable(order, facts(refunds), session);
        const left = refundable(session, refunds);
        const at = line === null ? null : before[line % before.length]!;
        const amount = at ? at.left : left * BigInt(percent) / 100n / unit * unit;
        if (amount === 0n) return;
        refunds.push({
          id: `re_${number}`,
          paymentIntentId: "pi_1",
          amount,
          status: fate === "failed" || fate === "canceled" ? "succeeded" : fate,
          requestKey: null,
          lines: at ? [{ lineId: at.id, amount }] : [],
        });
        const after = askable(order, facts(refunds), session);
        const stays = after.filter(({ id }) => id !== at?.id);
        if (at) {
          assert.equal(after.find(({ id }) => id === at.id)!.left, 0n, "a line by name goes back in full");
          assert.deepEqual(stays, before.filter(({ id }) => id !== at.id), "and moves no other line's share");
        } else {
          after.forEach((line, index) => assert.ok(line.left <= before[index]!.left, "no share shrinks"));
        }
        if (fate === "failed" || fate === "canceled") refunds.at(-1)!.status = fate;
        hold(refunds);
      });
      hold(refunds);

      function hold(refunds: RefundFact[]): void {
        const known = facts(refunds);
        const live = sum(
          refunds.filter(({ status }) => status === "succeeded" || status === "pending")
            .map(({ amount }) => amount),
        );
        const { standing } = judge(order, known);
        assert.equal(sum(standing.lines.map(({ paid }) => paid!)), charged);
        assert.equal(sum(standing.lines.map(({ refunded }) => refunded)), live);
        const open = askable(order, known, session);
        assert.equal(sum(open.map(({ left }) => left)), refundable(session, refunds));
        for (const [index, { paid, refunded, access }] of standing.lines.entries()) {
          assert.ok(0n <= refunded && refunded <= paid!);
          for (const amount of [paid!, refunded, open[index]!.left]) assert.equal(amount % unit, 0n);
          const isOver = paid! > 0n ? refunded === paid : charged > 0n && live === charged;
          assert.deepEqual(access, { hold: isOver ? "refunded" : null });
        }
        const reversed = judge(order, facts([...refunds].reverse())).standing;
        assert.deepEqual(reversed.lines, standing.lines, "whichever is heard of first");
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a line refunded by name takes no share of the others' refunds, even if it cost one cent", () => {
  const refunds = [{ amount: 1n, lines: [{ lineId: "a", amount: 1n }] }, { amount: 1n, lines: [] }];
  const lines = [{ id: "a", net: 1n }, { id: "b", net: 1n }];
  const balances = lineBalances(lines, { amount: 2n, currency: "usd" }, refunds);
  assert.deepEqual(balances.map(({ refunded, left }) => [refunded, left]), [[1n, 0n], [1n, 0n]]);
});

Deno.test("the rest of lines refunded by name is refunded exactly, even if it cannot be charged", () => {
  const named = ["a", "b"].map((lineId) => ({ amount: 5n, lines: [{ lineId, amount: 5n }] }));
  const lines = [{ id: "a", net: 10n }, { id: "b", net: 10n }];
  const balances = lineBalances(lines, { amount: 20n, currency: "kwd" }, [...named, {
    amount: 10n,
    lines: [],
  }]);
  assert.deepEqual(balances.map(({ refunded, left }) => [refunded, left]), [[10n, 0n], [10n, 0n]]);
});

Deno.test("a line of which a cent was refunded by name is the first to be refunded in full", () => {
  assert.deepEqual(given(named("a", 1n), unnamed(5000n)), [[5000n, 0n], [1n, 4999n]]);
});
