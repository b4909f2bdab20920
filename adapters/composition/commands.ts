import { parseArgs } from "node:util";
import { saveUser } from "../../domain/accounts/save_user.ts";
import { argon2Passwords } from "../argon2/passwords.ts";
import { type ShopCommand, shopCommands } from "../command_line/shop_commands.ts";
import { readUserOptions } from "../command_line/user_options.ts";
import { databaseUrl } from "../config/database_url.ts";
import { readConfig } from "../config/read_config.ts";
import type { Log } from "../log.ts";
import { postgresCategories } from "../postgres/catalog/categories.ts";
import { connect } from "../postgres/connection.ts";
import type { Database } from "../postgres/queries.ts";
import { postgresTransaction } from "../postgres/transaction.ts";
import { postgresUniversities } from "../postgres/universities/universities.ts";
import { setUpStorage } from "../r2/setup.ts";
import { zxcvbnPasswordStrength } from "../zxcvbn/password_strength.ts";
import { compose } from "./compose.ts";
import { runComplete, runImport, runInvite, runPictures, runVerify } from "./import_commands.ts";
import { migrateDatabase } from "./migrate_database.ts";

export type Command = (args: string[], log: Log) => Promise<void>;

/** Makes a command of one that needs a whole shop. The shop neither serves requests nor works jobs meanwhile. */
const onShop = (perform: ShopCommand): Command => async (args, log) => {
  await using process = await compose(readConfig(Deno.env.toObject()), log);
  await perform(process.shop, args);
};

/** Makes a command of one that needs only the database. */
const onDatabase =
  (perform: (sql: Database, args: string[]) => Promise<void>): Command => async (args, log) => {
    const sql = await connect(await databaseUrl(), { max: 1, log: (line) => log.warn(line) });
    try {
      await perform(sql, args);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };

/** Operators' commands by name. Each prints what it did and returns. */
export const commands: Record<string, Command> = {
  ...Object.fromEntries(Object.entries(shopCommands).map(([name, perform]) => [name, onShop(perform)])),

  async migrate(_args, log) {
    const applied = await migrateDatabase(await databaseUrl(), log);
    log.info(applied.length > 0 ? `applied ${applied.join(", ")}` : "the database is up to date");
  },

  user: onDatabase(async (sql, args) => {
    const options = readUserOptions(args);
    const passwords = argon2Passwords();
    try {
      const transaction = postgresTransaction(sql, async () => {}); // the sweep removes files of ended uploads
      const passwordStrength = zxcvbnPasswordStrength();
      const user = await saveUser(
        { transaction, passwords, passwordStrength, clock: () => new Date() },
        options,
      );
      console.log(`${user.email} (${user.id}) is verified and now has this password and role.`);
    } finally {
      passwords.close();
    }
  }),

  universities: onDatabase(async (sql) => {
    const { default: universities } = await import("../postgres/universities/universities.json", {
      with: { type: "json" },
    });
    const count = await postgresUniversities(sql).addMissing(universities);
    console.log(`${count} of ${universities.length} universities were missing and have been added.`);
  }),

  categories: onDatabase(async (sql) => {
    const { default: categories } = await import("../postgres/catalog/categories.json", {
      with: { type: "json" },
    });
    const count = await postgresCategories(sql).addFirst(categories);
    console.log(
      count > 0 ? `${count} categories were added.` : "There are already categories; none were added.",
    );
  }),

  import: runImport,
  "verify-import": runVerify,

  "import-pictures": onDatabase(runPictures),
  "invite-imported": onDatabase(runInvite),
  "complete-import": onDatabase(runComplete),

  async "set-up-storage"(args) {
    const { values } = parseArgs({ args, options: { apply: { type: "boolean", default: false } } });
    const { changes, faults } = await setUpStorage(readConfig(Deno.env.toObject()), values);
    for (const change of changes) console.log(`${values.apply ? "wrote" : "would write"} ${change}`);
    if (faults.length > 0) throw new Error(faults.join(" "));
    if (changes.length === 0) console.log("The bucket's rules are as they should be.");
    else if (!values.apply) console.log("Nothing was changed. Add --apply to write the changes.");
  },
};
