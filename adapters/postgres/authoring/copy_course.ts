import type { Fragment, Queries } from "../queries.ts";

/**
 * The tables that make up a course. A copy gets every column of their rows except those named here, each with the
 * reason.
 */
export const COPIED_TABLES = {
  courses: {
    id: "the copy is another course",
    slug: "the copy has an address of its own",
    title: "the title says that it is a copy",
    copied_from: "names the original",
    is_published: "a copy begins as a draft",
    archived_at: "a copy begins as a draft",
    rating_sum: "nobody has reviewed the copy",
    rating_count: "nobody has reviewed the copy",
    student_count: "nobody has access to the copy",
    created_at: "the copy is made now",
    updated_at: "the copy is made now",
  },
  course_tutors: { course_id: "names the copy" },
  course_prices: { course_id: "names the copy" },
  earning_shares: {
    id: "the copy's share is another row",
    course_id: "names the copy",
    valid_from: "the shares of the copy begin with it",
  },
  course_parts: {
    id: "the copy is another part",
    course_id: "names the copy",
    slug: "the copy has an address of its own",
    created_at: "the copy is made now",
    updated_at: "the copy is made now",
  },
  lessons: {
    id: "the copy is another lesson",
    part_id: "names the part of the copy",
    slug: "the copy has an address of its own",
    created_at: "the copy is made now",
    updated_at: "the copy is made now",
  },
} as const satisfies Record<string, Record<string, string>>;

type CopiedTable = keyof typeof COPIED_TABLES;
/** Columns to copy: their names, and their values in a row with this alias. */
export type CopiedColumns = Record<CopiedTable, { names: Fragment; of(alias: string): Fragment }>;

/** Other tables with rows about a course, a part or a lesson, and why they are not copied. */
export const UNCOPIED_TABLES: Record<string, string> = {
  attachment_links: "tells who fetched a file",
  comments: "was said about the original",
  course_completions: "is about a student of the original",
  course_summaries: "is made by a trigger",
  course_updates: "was told to those who have the original",
  enrollments: "is about a student of the original",
  file_uploads: "waits for a file of the original",
  grants: "gives access to the original",
  lesson_attachments: "has a file to itself, which is deleted with it",
  lesson_progress: "is about a student of the original",
  order_lines: "is a sale of the original",
  playback_log: "tells who watched the original",
  playback_rules: "is decided for each course by itself",
  playback_sessions: "is about a student of the original",
  promotion_courses: "is a code for the original",
  removed_lesson_progress: "is about a student of the original",
  reviews: "was said about the original",
  search_changes: "notes a change of the original; the copy has its own",
  student_count_changes: "counts a student of the original",
  tutor_invitations: "invites to the original",
  videos: "is shown by lessons of several courses, and belongs to none of them",
};

/** Reads the columns to copy from the database's catalog. */
export async function copiedColumns(sql: Queries): Promise<CopiedColumns> {
  const tables = Object.keys(COPIED_TABLES) as CopiedTable[];
  const rows = await sql<{ table: CopiedTable; name: string; quoted: string }[]>`
    select relname as table, attname as name, quote_ident(attname) as quoted
    from pg_attribute join pg_class c on c.oid = attrelid
    where c.oid = any (array(select to_regclass(name) from unnest(${tables}::text[]) name)) and attnum > 0
      and not attisdropped and attgenerated = ''
    order by relname, attnum`;
  const columnsIn = (table: CopiedTable) => {
    const quoted = rows.filter((row) => row.table === table && !(row.name in COPIED_TABLES[table]))
      .map((row) => row.quoted);
    return {
      names: sql.unsafe(quoted.join(", ")),
      of: (alias: string) => sql.unsafe(quoted.map((column) => `${alias}.${column}`).join(", ")),
    };
  };
  const entries = tables.map((table) => [table, columnsIn(table)]);
  return Object.fromEntries(entries) as CopiedColumns;
}
