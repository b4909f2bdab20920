import assert from "node:assert/strict";
import { fanOut } from "./support/fan_out.ts";
import { engines, freshDatabase } from "./support/test_database.ts";

if (engines.includes("postgres")) {
  Deno.test("an update reaches each of its students once, though the worker is killed and the mail server fails", async () => {
    const { url, drop } = await freshDatabase("postgres");
    const recipients = 300;
    const result = await fanOut(url, { recipients, killAt: [0.3], failing: 0.1, hurries: true });
    await drop();
    assert.equal(result.kills, 1);
    assert.ok(result.disruptions > 0);
    const { sent = 0, unconfirmed = 0, ...others } = result.states;
    assert.deepEqual([sent + unconfirmed, others], [recipients, {}]);
    assert.ok(![...result.peopleByCopies.keys()].some((copies) => copies > 1), "nobody got a second copy");
    // Of what a killed worker was just handing over, nobody can know whether it arrived; it is not sent again.
    assert.ok((result.peopleByCopies.get(0) ?? 0) <= unconfirmed);
    assert.ok(unconfirmed <= 10, "no more than a round");
  });
}
