import type { Fragment, Queries } from "./queries.ts";

/**
 * How each field of an item is read: `true` for the column of the same name (`createdAt` is `created_at`), otherwise
 * the SQL.
 */
export type Reading<Item> = { [Field in keyof Item]-?: true | Fragment };

/**
 * Returns SQL for the columns and values of a row to insert, to follow the table's name: `categoryId` goes into
 * `category_id`. A value may be SQL. Leaves out undefined fields.
 */
export function inserted(sql: Queries, fields: object): Fragment {
  const given = givenOf(fields);
  const names = sql.unsafe(given.map(([field]) => columnOf(field)).join(", "));
  return sql`(${names}) values (${joined(sql, given.map(([, value]) => sql`${value}`))})`;
}

/** Returns SQL to follow `set`: the given fields, as in `inserted`, and the time of the change. */
export function changed(sql: Queries, fields: object): Fragment {
  const given = givenOf({ ...fields, updatedAt: sql`statement_timestamp()` });
  return joined(sql, given.map(([field, value]) => sql`${sql.unsafe(columnOf(field))} = ${value}`));
}

/** Returns SQL for the columns of an item. `alias` is the table's. A missing field does not compile. */
export function rowOf<Item>(sql: Queries, alias: string, reading: Reading<Item>): Fragment {
  return list(
    sql,
    reading,
    (field) => `${alias}.${columnOf(field)} as "${field}"`,
    (field, value) => sql`${value} as ${sql(field)}`,
  );
}

/** Returns SQL for the arguments of `json_build_object` that build an item. Otherwise the same as `rowOf`. */
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
