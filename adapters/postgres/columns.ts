import type { Fragment, Queries } from "./queries.ts";

/** How each field of an item is read: `true` from the column of its name (`createdAt` is `created_at`), else by this SQL. */
export type Reading<Item> = { [Field in keyof Item]-?: true | Fragment };

/**
 * SQL for the columns and values of a row to insert, behind the table's name: `categoryId` goes into `category_id`. A value may
 * be SQL. Leaves out what is undefined.
 */
export function inserted(sql: Queries, fields: object): Fragment {
  const given = givenOf(fields);
  const names = sql.unsafe(given.map(([field]) => columnOf(field)).join(", "));
  return sql`(${names}) values (${joined(sql, given.map(([, value]) => sql`${value}`))})`;
}

/** SQL for what `set` changes of a row: the given fields, as in `inserted`, and when it was. */
export function changed(sql: Queries, fields: object): Fragment {
  const given = givenOf({ ...fields, updatedAt: sql`statement_timestamp()` });
  return joined(sql, given.map(([field, value]) => sql`${sql.unsafe(columnOf(field))} = ${value}`));
}

/** SQL for the columns of a row that is an item. `alias` is the table's. A field that is not read does not compile. */
export function rowOf<Item>(sql: Queries, alias: string, reading: Reading<Item>): Fragment {
  return list(
    sql,
    reading,
    (field) => `${alias}.${columnOf(field)} as "${field}"`,
    (field, value) => sql`${value} as ${sql(field)}`,
  );
}

/** SQL for the arguments of `json_build_object` that make an item. The same as `rowOf` otherwise. */
export function jsonOf<Item>(sql: Queries, alias: string, reading: Reading<Item>): Fragment {
  return list(
    sql,
    reading,
    (field) => `'${field}', ${alias}.${columnOf(field)}`,
    (field, value) => sql`${sql.unsafe(`'${field}'`)}, ${value}`,
  );
}

function list<Item>(
  sql: Queries,
  reading: Reading<Item>,
  plain: (field: string) => string,
  special: (field: string, value: Fragment) => Fragment,
): Fragment {
  const all = Object.entries<true | Fragment>(reading);
  const plainOnes = all.filter(([, value]) => value === true).map(([field]) => plain(field));
  const specialOnes = all.flatMap(([field, value]) => value === true ? [] : [special(field, value)]);
  const plainSql: Fragment[] = plainOnes.length > 0 ? [sql.unsafe(plainOnes.join(", "))] : [];
  return joined(sql, [...plainSql, ...specialOnes]);
}

const joined = (sql: Queries, [first, ...rest]: Fragment[]) =>
  rest.reduce((before, each) => sql`${before}, ${each}`, first!);

type Value = Fragment | string | number | boolean | null;
const givenOf = (fields: object) =>
  Object.entries(fields as Record<string, Value | undefined>).flatMap(([field, value]) =>
    value === undefined ? [] : [[field, value] as const]
  );

const columnOf = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
