import type { FormerRow, FormerTable, ReportLine } from "../../domain/legacy/ports.ts";
import type { Queries } from "../postgres/queries.ts";

/** The tidied rows of the former shop, in tables that end with the transaction. */
const STAGING: Record<FormerTable, string> = {
  core_university:
    `id integer primary key, name text, description text, logo text, website text, country text,
    city text, location text, global_rank integer, country_rank integer, created_at timestamptz, updated_at timestamptz`,
  users_user: `id text primary key, email text, password text, first_name text, last_name text, role integer,
    is_superuser boolean, is_staff boolean, is_active boolean, is_email_verified boolean, created_at timestamptz,
    updated_at timestamptz`,
  users_onboardinganswer: `id bigint primary key, user_id text, university_id integer, degree text,
    graduation_year integer, interests text, created_at timestamptz, updated_at timestamptz`,
  courses_category: "id integer primary key, name text, slug text, slug_wish text",
  courses_course:
    `id uuid primary key, title text, slug text, slug_wish text, thumbnail text, thumbnail_key text,
    language text, description text, price numeric, is_published boolean, category_id integer, created_at timestamptz,
    updated_at timestamptz`,
  courses_course_tutors: "id bigint primary key, course_id uuid, user_id text",
  courses_coursepart:
    `id uuid primary key, course_id uuid, title text, slug text, slug_wish text, description text,
    "order" integer, created_at timestamptz, updated_at timestamptz`,
  courses_lesson: `id uuid primary key, part_id uuid, title text, slug text, slug_wish text, description text,
    "order" integer, seconds integer, is_free_preview boolean, video_id text, created_at timestamptz,
    updated_at timestamptz`,
  courses_comment: `id uuid primary key, user_id text, lesson_id uuid, text text, created_at timestamptz,
    updated_at timestamptz`,
  courses_enrollment: "id uuid primary key, student_id text, course_id uuid, enrolled_at timestamptz",
  payments_order: `id uuid primary key, user_id text, total_amount numeric, created_at timestamptz,
    updated_at timestamptz`,
  payments_order_courses: "id bigint primary key, order_id uuid, course_id uuid",
  payments_payment:
    `id uuid primary key, order_id uuid, user_id text, amount numeric, currency text, method text,
    status integer, reason integer, transaction_id text, stripe_payment_intent text, cancel_time timestamptz,
    created_at timestamptz, updated_at timestamptz`,
};
const TABLES = Object.keys(STAGING) as FormerTable[];

/** The indexes that the steps use, beside the primary keys. */
const INDEXES = [
  "users_user (email)",
  "courses_category (slug)",
  "courses_course (slug)",
  "courses_coursepart (slug)",
  "courses_lesson (slug)",
  "courses_enrollment (student_id, course_id)",
  "payments_order (user_id, created_at)",
  "payments_order_courses (order_id)",
  "payments_payment (order_id)",
];

/** Returns the name of the temporary table with the rows of a table of the former shop. */
export const former = (table: FormerTable) => `former_${table}`;

export async function createStaging(sql: Queries): Promise<void> {
  for (const table of TABLES) {
    await sql.unsafe(`create temporary table ${former(table)} (${STAGING[table]}) on commit drop`);
  }
}

export async function addRows(sql: Queries, table: FormerTable, rows: FormerRow[]): Promise<void> {
  await sql`
    insert into ${sql(former(table))}
    select * from json_populate_recordset(null::${sql(former(table))}, ${JSON.stringify(rows)}::text::json)`;
}

/** Makes the tables ready for set-based work. */
export async function finishStaging(sql: Queries): Promise<void> {
  for (const index of INDEXES) await sql.unsafe(`create index on former_${index}`);
  await analyze(sql, ...TABLES.map(former));
}

export async function analyze(sql: Queries, ...tables: string[]): Promise<void> {
  await sql.unsafe(`analyze ${tables.join(", ")}`);
}

export async function addLines(sql: Queries, lines: ReportLine[]): Promise<void> {
  if (lines.length === 0) return;
  await sql`
    insert into legacy_report (table_name, row_id, what, why, other_id)
    select "table", id, what, why, "otherId"
    from json_to_recordset(${
    JSON.stringify(lines)
  }::text::json) as l("table" text, id text, what text, why text, "otherId" text)`;
}

/** SQL for the name-based UUID (version 3) of a row that this import adds, from a text expression: the same each time. */
export function namedUuid(expression: string): string {
  const digest = `md5('\\x4b1f0a3e6d0c4c5e9a7b11d0f0a5c0de'::bytea || convert_to(${expression}, 'UTF8'))`;
  return `(overlay(overlay(${digest} placing '3' from 13 for 1) placing '8' from 17 for 1))::uuid`;
}

/** SQL for a well-formed argon2id hash of random bytes, which no password matches. */
export const UNUSABLE_HASH = `'$argon2id$v=19$m=19456,t=2,p=1$'
  || rtrim(encode(decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), 'base64'), '=') || '$'
  || rtrim(encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'base64'), '=')`;

/**
 * Gives the rows of a staging table without a slug the one they wish for, or the first free one with a number behind
 * it.
 */
export async function giveSlugs(sql: Queries, table: FormerTable): Promise<void> {
  await sql.unsafe(`do $$
    declare
      wishing record;
      wish text;
      free text;
      number integer;
    begin
      for wishing in select id, slug_wish from ${former(table)} where slug is null order by slug_wish, id loop
        -- Those with one wish follow each other, and what the last one passed over is taken.
        if wish is distinct from wishing.slug_wish then
          wish := wishing.slug_wish;
          free := wish;
          number := 1;
        end if;
        while exists (select from ${former(table)} where slug = free) loop
          number := number + 1;
          free := wish || '-' || number;
        end loop;
        update ${former(table)} set slug = free where id = wishing.id;
      end loop;
    end $$`);
}
