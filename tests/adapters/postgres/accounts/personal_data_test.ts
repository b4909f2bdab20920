import assert from "node:assert/strict";
import {
  HIDDEN_COLUMNS,
  IMPERSONAL_COLUMNS,
  PERSONAL_TABLES,
  postgresPersonalData,
} from "../../../../adapters/postgres/accounts/personal_data.ts";
import { connect } from "../../../../adapters/postgres/connection.ts";
import { postgresOrders } from "../../../../adapters/postgres/checkout/orders.ts";
import { addCourse, until } from "../../../support/shop.ts";
import { databaseTest } from "../../../support/test_database.ts";

/** Names of columns that refer to people or tell of them. */
const TELLING =
  /(^|_)(user|student|tutor|viewer|actor|author|owner|person|recipient|reviewer|sender|uploader|inviter|invitee|customer|member|granter)_id$|_by$|(^|_)(email|phone|address|user_agent|device|ip|first_name|last_name|username|birthday|age|bio|avatar_key|recipient|payload)$/;

databaseTest(
  "every column about people is shown to them and erased with them, or listed as an exception",
  async ({ sql }) => {
    const columns = await sql<{ name: string }[]>`
    select c.table_name || '.' || c.column_name as name, c.column_name as "column"
    from information_schema.columns c
    join information_schema.tables t on t.table_name = c.table_name and t.table_schema = c.table_schema
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'`;
    const references = await sql<{ name: string }[]>`
    select c.conrelid::regclass || '.' || a.attname as name
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
    where c.contype = 'f' and c.confrelid = 'users'::regclass`;
    const all = columns.map(({ name }) => name);
    const telling = new Set([
      ...all.filter((name) => name.startsWith("users.")),
      ...all.filter((name) => TELLING.test(name.split(".")[1]!)),
      ...references.map(({ name }) => name),
    ]);
    const known = PERSONAL_TABLES.flatMap(({ table, columns }) =>
      columns.map((column) => `${table}.${column}`)
    );
    const missing = [...telling].filter((name) => !known.includes(name) && !(name in IMPERSONAL_COLUMNS));
    assert.deepEqual(missing, [], "add them to adapters/postgres/accounts/personal_tables/");
    const stale = [...known, ...Object.keys(IMPERSONAL_COLUMNS)].filter((name) => !all.includes(name));
    assert.deepEqual(stale, [], "these are in no table any more");
  },
);

databaseTest(
  "every statement that shows or erases data runs, and nothing erased is left anywhere",
  async ({ sql }) => {
    const [person] = await sql<{ id: string }[]>`
    insert into users (email, password_hash, first_name, role) values ('ada@example.com', 'x', 'Ada', 2) returning id`;
    const { id } = person!;
    await sql`insert into sessions (user_id, expires_at, user_agent, address) values (${id}, now(), 'Firefox', '192.0.2.1')`;
    await sql.begin(async (tx) => await postgresPersonalData(tx).erase(id));
    const shown = await postgresPersonalData(sql).show(id);
    assert.deepEqual(
      Object.keys(shown).sort(),
      PERSONAL_TABLES.filter(({ show }) => show).map(({ table }) => table).sort(),
    );
    assert.doesNotMatch(JSON.stringify(shown), /ada@example|Ada|Firefox|192\.0\.2\.1/);
  },
);

databaseTest(
  "every column of an account is shown to its owner, and erasing it leaves nothing of what they wrote",
  async ({ sql }) => {
    const columns = await sql<{ name: string; type: string }[]>`
      select column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public' and table_name = 'users'`;
    const written: Record<string, string> = {
      role: "2",
      email: "owner@example.com",
      pending_email: "next@example.com",
      language: "es",
    };
    const texts = columns.filter(({ name, type }) => type === "text" && !(name in written) && name !== "id");
    for (const { name } of texts) written[name] = `own ${name}`;
    const [person] = await sql<{ id: string }[]>`insert into users ${sql(written)} returning id`;
    const { id } = person!;
    const valuesOf = async () => {
      const [row] = await sql<{ row: Record<string, unknown> }[]>`
        select to_jsonb(u) as row from users u where id = ${id}`;
      return row!.row;
    };

    const shown = (await postgresPersonalData(sql).show(id)).users![0]!;
    const hidden = columns.map(({ name }) => name).filter((name) =>
      !(name in shown) && !(name in HIDDEN_COLUMNS)
    );
    assert.deepEqual(hidden, [], "show them, or say in HIDDEN_COLUMNS why not");

    await sql.begin(async (tx) => await postgresPersonalData(tx).erase(id));
    const left = Object.entries(await valuesOf())
      .filter(([name, value]) => name !== "role" && value === written[name]).map(([name]) => name);
    assert.deepEqual(left, [], "erase them in adapters/postgres/accounts/personal_tables/account.ts");
  },
);

databaseTest(
  "a purchase made while its buyer is being erased does not keep their address",
  async ({ sql, url }) => {
    const [person] = await sql<{ id: string }[]>`
    insert into users (email, password_hash, role) values ('ada@example.com', 'x', 4) returning id`;
    const studentId = person!.id;
    const course = await addCourse(sql);
    const draft = {
      studentId,
      lines: [{ courseId: course.id, courseSlug: course.slug, title: "T", amount: 0n, discount: 0n }],
      subtotal: { amount: 0n, currency: "usd" },
      promotion: null,
      pageExpiresAt: new Date(),
    };
    const other = await connect(url, { max: 1 });
    try {
      let erased = Promise.resolve();
      await sql.begin(async (tx) => {
        await postgresOrders(tx).lockOpen(studentId, []);
        const [{ pid }] = await other<[{ pid: number }]>`select pg_backend_pid() as pid`;
        erased = other.begin((tx) => postgresPersonalData(tx).erase(studentId));
        await until(async () =>
          (await tx`select from pg_locks where pid = ${pid} and not granted`).length > 0
        );
        assert.ok(await postgresOrders(tx).create(draft));
      });
      await erased;
      const late = await sql.begin((tx) => postgresOrders(tx).create(draft));
      assert.equal(late, null);
      assert.deepEqual([...await sql`select student_email as email from orders`], [{ email: "" }]);
    } finally {
      await other.end({ timeout: 1 });
    }
  },
  { on: ["postgres"] },
);
