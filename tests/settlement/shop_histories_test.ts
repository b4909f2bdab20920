import fc from "fast-check";
import { postgresViolations } from "../../adapters/postgres/operations/violations.ts";
import { databaseTest } from "../support/test_database.ts";
import { history, inWords } from "./shop_histories.ts";
import { faultsOf, nameOf } from "./shop_model.ts";
import { play } from "./shop_player.ts";

/** How many histories are drawn: CI draws more than a quick run does. */
const HISTORIES = Number(Deno.env.get("SHOP_HISTORIES") ?? 40);
/** Where drawing begins: anywhere, unless the run must be the same as another, as in CI. */
const SEED = Deno.env.get("EVENT_SEED");
/** A failure that was seen, to be looked at again: the path that fast-check names. */
const PATH = Deno.env.get("SHOP_PATH");

databaseTest(
  "whatever people do, and in whatever order events arrive, money and access end up correct",
  async ({ sql }) => {
    const violations = postgresViolations(sql);
    await fc.assert(
      fc.asyncProperty(history, async (drawn) => {
        const told = [
          "in this history:",
          ...drawn.acts.map((act, at) => `  ${at + 1}. ${inWords(act)}`),
          `  the rest ${drawn.ending}`,
        ];
        const end = await play(sql, drawn).catch((error) => {
          throw new Error([String(error), ...told].join("\n"), { cause: error });
        });
        const broken = [...await violations.changed(), ...await violations.all()];
        const faults = [
          ...faultsOf(end),
          ...broken.map(({ invariant, subject, detail }) => `invariant ${invariant}: ${subject}, ${detail}`),
        ];
        if (faults.length === 0) return;
        const ended = end.orders.map((order) => `  ${nameOf(end, order)}`);
        throw new Error([...faults, ...told, "which ended so:", ...ended].join("\n"));
      }),
      { numRuns: HISTORIES, ...(SEED ? { seed: Number(SEED) } : {}), ...(PATH ? { path: PATH } : {}) },
    );
  },
  { on: ["postgres"] },
);
