import assert from "node:assert/strict";
import { fanOut } from "../support/fan_out.ts";
import { engines, freshDatabase } from "../support/test_database.ts";

if (engines.includes("postgres")) {
  Deno.test("each student gets an update as one message, although the worker is killed and the mail server fails", async () => {
    const { url, drop } = await freshDatabase("postgres");
    const recipients = 300;
    const result = await fanOut(url, {
      recipients,
      killAt: [0.3],
      failing: 0.1,
      failures: ["recipient", "message", "hang_up", "dropped", "kept_unanswered"],
      hurries: true,
    });
    await drop();
    assert.equal(result.kills, 1);
    assert.ok(result.unanswered > 0);
    assert.deepEqual(result.states, { sent: recipients });
    assert.deepEqual([...result.peopleByMessages], [[1, recipients]]);
    // A second copy, of the same id and date, only of what was taken and not confirmed: by the server, or to the
    // killed worker.
    const copies = [...result.peopleByCopies].reduce((sum, [copies, people]) => sum + copies * people, 0);
    assert.ok(copies - recipients <= result.unanswered + 10, `${copies} copies`);
  });
}
