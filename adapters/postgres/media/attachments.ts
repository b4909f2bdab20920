import type {
  Attachment,
  AttachmentLink,
  Attachments,
  FileReferences,
  PendingUpload,
} from "../../../domain/media/ports.ts";
import { allOf, listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

const MAX_PER_LESSON = 50;

/** Returns attachments in PostgreSQL. The files themselves are in the file store. */
export function postgresAttachments(sql: Queries): Attachments {
  const columns =
    sql`id, lesson_id as "lessonId", key, name, content_type as "contentType", size::float8 as size,
    created_at as "createdAt"`;

  return {
    async ofLesson(lessonId) {
      return await sql<Attachment[]>`
        select ${columns} from lesson_attachments where lesson_id = ${lessonId} order by created_at, id`;
    },

    async find(id) {
      const [row] = await sql<Attachment[]>`
        select ${columns} from lesson_attachments where id = ${uuidOrNull(id)}`;
      return row ?? null;
    },

    async add({ lessonId, key, name, contentType, size, uploadedBy }) {
      const [row] = await sql<Attachment[]>`
        insert into lesson_attachments (lesson_id, key, name, content_type, size, uploaded_by)
        select l.id, ${key}, ${name}, ${contentType}, ${size}, ${uploadedBy} from lessons l
        where l.id = ${lessonId}
          and (select count(*) from lesson_attachments a where a.lesson_id = l.id) < ${MAX_PER_LESSON}
        for key share of l
        returning ${columns}`;
      return row ?? null;
    },

    async remove(id) {
      const removed = await sql`delete from lesson_attachments where id = ${id}`;
      return removed.count > 0;
    },

    async expect({ lessonId, key, name, contentType, size, userId, seconds }) {
      const [row] = await sql<{ id: string; expiresAt: Date }[]>`
        insert into file_uploads (lesson_id, key, name, content_type, size, user_id, expires_at)
        select l.id, ${key}, ${name}, ${contentType}, ${size}, ${userId}, statement_timestamp() + make_interval(secs => ${seconds})
        from lessons l where l.id = ${lessonId} for key share of l
        returning id, expires_at as "expiresAt"`;
      return row ?? null;
    },

    async expected(id, userId) {
      const [row] = await sql<PendingUpload[]>`
        select id, lesson_id as "lessonId", key, name, content_type as "contentType", size::float8 as size,
          case when refusal is not null then json_build_object('etag', refused_etag, 'fault', refusal) end as refused
        from file_uploads
        where id = ${uuidOrNull(id)} and user_id = ${userId} and expires_at > statement_timestamp()
        for update`;
      return row ?? null;
    },

    async forgetExpected(userId, courseId) {
      const rows = await sql<{ key: string }[]>`
        delete from file_uploads f where f.user_id = ${userId} and (
          ${courseId}::uuid is null or f.lesson_id in (
            select l.id from lessons l join course_parts p on p.id = l.part_id where p.course_id = ${courseId}
          )
        )
        returning f.key`;
      return rows.map(({ key }) => key);
    },

    async forgetUpload(uploadId) {
      await sql`delete from file_uploads where id = ${uploadId} or expires_at < statement_timestamp() - interval '1 day'`;
    },

    async refuse(uploadId, { etag, fault }) {
      await sql`update file_uploads set refused_etag = ${etag}, refusal = ${fault} where id = ${uploadId}`;
    },

    async recordLink({ attachment, courseId, viewerId, ipAddress, userAgent }) {
      await sql`
        insert into attachment_links (attachment_id, lesson_id, course_id, name, viewer_id, address, user_agent)
        values (${attachment.id}, ${attachment.lessonId}, ${courseId}, ${attachment.name}, ${viewerId}, ${ipAddress},
          ${userAgent.slice(0, 500)})`;
    },

    async links({ viewerId, lessonId }, range) {
      const matching = sql`
        from attachment_links a where ${
        allOf(sql, [
          viewerId === undefined ? undefined : sql`a.viewer_id = ${viewerId}`,
          lessonId === undefined ? undefined : sql`a.lesson_id = ${lessonId}`,
        ])
      }`;
      const { count, rows: links } = await listOf<AttachmentLink>(sql, {
        select: sql`a.id::text, a.attachment_id as "attachmentId", a.lesson_id as "lessonId", a.name,
            a.viewer_id as "viewerId", (select u.email from users u where u.id = a.viewer_id) as "viewerEmail",
            a.address as "ipAddress", a.user_agent as "userAgent", a.occurred_at as "occurredAt"`,
        from: matching,
        order: sql`a.occurred_at desc, a.id desc`,
      }, range);
      return { count, links };
    },

    async purgeLinks(before) {
      await sql`delete from attachment_links where occurred_at < ${before}`;
    },
  };
}

/** What the versions of a picture differ in: width and type. */
const VERSION = "-w[0-9]+[.][A-Za-z0-9]+$";

/** Returns the references to files in PostgreSQL. Keys that differ in the case of letters only count as the same. */
export function postgresFileReferences(sql: Queries): FileReferences {
  return {
    async among(keys) {
      const stem = (key: string) => key.replace(new RegExp(VERSION), "");
      const stems = [...new Set(keys.map(stem))];
      const rows = await sql<{ stem: string }[]>`
        with wanted as (select unnest(${stems}::text[]) as stem), referenced as (
          select regexp_replace(thumbnail_key, ${VERSION}, '') as stem from courses where thumbnail_key is not null
          union all
          select regexp_replace(logo_key, ${VERSION}, '') from universities where logo_key is not null
          union all
          select regexp_replace(avatar_key, ${VERSION}, '') from users where avatar_key is not null
          union all
          select regexp_replace(key, ${VERSION}, '') from legacy_pictures where moved_at is null
          union all
          select key from lesson_attachments
          union all
          select key from file_uploads where expires_at > statement_timestamp()
        )
        select stem from wanted where lower(stem) in (select lower(stem) from referenced)`;
      const known = new Set(rows.map((row) => row.stem));
      return new Set(keys.filter((key) => known.has(stem(key))));
    },

    async formerShopIsDone() {
      const [row] = await sql<{ done: boolean }[]>`
        select exists (select from legacy_import where completed_at is not null) as done`;
      return row!.done;
    },
  };
}
