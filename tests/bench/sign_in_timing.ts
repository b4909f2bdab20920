// Whether the time of a refused sign-in tells that an address has an account: `deno task bench:sign-in [rounds]`.
// Asks in turn for an unknown address, one with an account, and one imported from the old database, with a wrong
// password, and compares how long the answers take. 0.5 means that the two cannot be told apart.
import { argon2Passwords } from "../../adapters/argon2/passwords.ts";
import { readConfig } from "../../adapters/config/read_config.ts";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { startEmbeddedPostgres } from "../../adapters/sandbox/embedded_postgres.ts";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { serve } from "../../main.ts";
import { startVendors } from "../support/vendors.ts";

const ROUNDS = Number(Deno.args[0] ?? 100);
/** Django 5.1's. */
const ITERATIONS = 870_000;
const KINDS = ["unknown", "known", "imported"] as const;
type Kind = (typeof KINDS)[number];

const database = await startEmbeddedPostgres({ directory: null });
const { sandbox, api, environment } = await startVendors(database.url);
const log = createLog("readable", () => {});
await migrateDatabase(database.url, log);
const config = readConfig({
  ...environment,
  RATE_LIMITS: "sign_in_of_account=1000000/900,sign_in_of_account_anywhere=1000000/900",
});
const server = await serve(config, log, { worksJobs: false });
try {
  await addPeople();
  for (const kind of KINDS) await refusal(kind); // what is loaded on first use is loaded now
  const times: Record<Kind, number[]> = { unknown: [], known: [], imported: [] };
  for (let round = 0; round < ROUNDS; round++) {
    // In another order each time, so that what one leaves behind does not always meet the same.
    for (const kind of round % 2 ? KINDS : KINDS.toReversed()) times[kind].push(await refusal(kind));
  }
  console.table(Object.fromEntries(KINDS.map((kind) => [kind, {
    "5 % (ms)": quantile(times[kind], 0.05),
    "median (ms)": quantile(times[kind], 0.5),
    "95 % (ms)": quantile(times[kind], 0.95),
    "slower than unknown": likelihood(times.unknown, times[kind]).toFixed(3),
  }])));
} finally {
  await server.stop();
  await sandbox.stop();
  await database.stop();
}

async function addPeople(): Promise<void> {
  const passwords = argon2Passwords();
  const hash = await passwords.hash("correct-horse");
  passwords.close();
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode("correct-horse"),
    "PBKDF2",
    false,
    [
      "deriveBits",
    ],
  );
  const salt = new TextEncoder().encode("NaCl");
  const derived = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS },
    key,
    256,
  );
  const imported = `pbkdf2_sha256$${ITERATIONS}$NaCl$${
    btoa(String.fromCharCode(...new Uint8Array(derived)))
  }`;
  const sql = await connect(database.url, { max: 1 });
  await sql`
    insert into users (email, password_hash, role) values
      ('known@example.com', ${hash}, 4), ('imported@example.com', ${imported}, 4)`;
  await sql.end();
}

/** How long the refusal of a wrong password takes, in milliseconds. */
async function refusal(kind: Kind): Promise<number> {
  const start = performance.now();
  const response = await fetch(`${api}/api/auth/token/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: `${kind}@example.com`, password: "wrong-horse" }),
  });
  await response.body?.cancel();
  if (response.status !== 401) throw new Error(`A wrong password was answered ${response.status}.`);
  return performance.now() - start;
}

function quantile(times: number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.floor(share * (sorted.length - 1))]! * 10) / 10;
}

/** How likely one of `others` is above one of `base` (Mann and Whitney's U, as a share of all pairs). */
function likelihood(base: number[], others: number[]): number {
  const wins = others.flatMap((other) => base.map((time) => other > time ? 1 : other === time ? 0.5 : 0));
  return wins.reduce((sum: number, win) => sum + win, 0) / wins.length;
}
