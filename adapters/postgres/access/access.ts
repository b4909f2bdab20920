import type {
  AccessLedger,
  AccessReads,
  AccessRecord,
  Grant,
  ResolvedReference,
} from "../../../domain/access/ports.ts";
import { lockCheckout } from "../checkout/orders.ts";
import { type AsJson, fromJson } from "../json.ts";
import { allOf, listOf, recordset } from "../lists.ts";
import { grantIsActive, hasActiveGrant, isCalled, type Queries, teaches, uuidOrNull } from "../queries.ts";

type GrantRow = Omit<Grant, "revoked"> & {
  revokedAt: Date | null;
  revokedBy: string | null;
  revokedReason: string | null;
};
/** A grant's row as JSON. */
type GrantJson = AsJson<GrantRow>;

/** Returns the access ledger in PostgreSQL. */
export function postgresAccessLedger(sql: Queries): AccessLedger {
  async function byIds(ids: string[]): Promise<Grant[]> {
    const rows = await sql<GrantRow[]>`
      select ${grantColumns(sql)} ${grantTables(sql)} where g.id = any(${ids}::uuid[])
      order by array_position(${ids}::uuid[], g.id)`;
    return rows.map(toGrant);
  }

  return {
    async resolve(references) {
      await sql`select pg_advisory_xact_lock(hashtextextended('access ledger', 0))`;
      const named = references.map(({ student, course }, position) => ({
        position,
        student,
        course,
        course_id: uuidOrNull(course),
      }));
      // Students are locked before courses, as in checkouts and settlements.
      const students = await sql<{ id: string }[]>`
        select u.id from ${recordset(sql, named)} as r(student text)
        join users u on u.id = r.student or u.email = lower(r.student)`;
      await lockCheckout(sql, ...students.map(({ id }) => id));
      // Locked, so that no access is given to a course that is being deleted.
      await sql`
        select c.id from courses c
        where c.slug = any(${references.map(({ course }) => course)})
          or c.id = any(${references.flatMap(({ course }) => uuidOrNull(course) ?? [])}::uuid[])
        order by c.id for key share of c`;
      const found = await sql<(Omit<ResolvedReference, "grants">)[]>`
        select u.id as "studentId", c.id as "courseId",
          coalesce(u.id <> r.student and u.email_verified_at is null, false) as "isUnverified",
          u.deactivated_at is not null as "isDeactivated"
        from ${recordset(sql, named)}
          as r(position integer, student text, course text, course_id uuid)
        left join users u on (u.id = r.student or u.email = lower(r.student)) and u.erased_at is null
        left join courses c on c.slug = r.course or c.id = r.course_id
        order by r.position`;
      const rows = await sql<GrantRow[]>`
        select ${grantColumns(sql)} ${grantTables(sql)}
        join ${recordset(sql, uniquePairs(found))}
          as pair("studentId" text, "courseId" uuid)
          on g.student_id = pair."studentId" and g.course_id = pair."courseId"
        where g.revoked_at is null order by g.created_at, g.id`;
      const grants = Map.groupBy(rows.map(toGrant), ({ studentId, courseId }) => `${studentId} ${courseId}`);
      return found.map((reference): ResolvedReference => ({
        ...reference,
        grants: grants.get(`${reference.studentId} ${reference.courseId}`) ?? [],
      }));
    },

    async add(grants) {
      if (grants.length === 0) return [];
      const rows = await sql<{ id: string }[]>`
        with wanted as (
          select * from ${recordset(sql, grants)} as wanted(
            "studentId" text, "courseId" uuid, source text, "grantedBy" text, reason text,
            "startsAt" timestamptz, "endsAt" timestamptz
          )
        ), enrolled as (
          insert into enrollments (student_id, course_id)
          select distinct "studentId", "courseId" from wanted
          on conflict (student_id, course_id) do nothing
        )
        insert into grants (student_id, course_id, source, granted_by, reason, starts_at, ends_at, suspended_at)
        select "studentId", "courseId", source, "grantedBy", reason, coalesce("startsAt", statement_timestamp()), "endsAt",
          (select u.deactivated_at from users u where u.id = "studentId")
        from wanted returning id`;
      return await byIds(rows.map(({ id }) => id));
    },

    async lock(id) {
      const [row] = await sql<GrantRow[]>`
        select ${grantColumns(sql)} ${grantTables(sql)} where g.id = ${uuidOrNull(id)} for update of g`;
      return row ? toGrant(row) : null;
    },

    async revoke(ids, { by, reason }) {
      if (ids.length === 0) return [];
      const rows = await sql<{ id: string }[]>`
        update grants set revoked_at = statement_timestamp(), revoked_by = ${by}, revoked_reason = ${reason}
        where id = any(${ids}::uuid[]) and revoked_at is null returning id`;
      return await byIds(rows.map(({ id }) => id));
    },

    async suspend(studentId, isSuspended) {
      await sql`
        update grants set suspended_at = case when ${isSuspended} then coalesce(suspended_at, statement_timestamp()) end
        where student_id = ${studentId} and (suspended_at is not null) <> ${isSuspended}`;
    },

    async takeUnannounced(noticeSeconds) {
      const notice = sql`make_interval(secs => ${noticeSeconds}::int)`;
      return await sql<{ grantId: string; hasEnded: boolean }[]>`
        with due as (
          select g.id, g.ends_at <= statement_timestamp() as has_ended from grants g
          where g.revoked_at is null and g.ended_announced_at is null and (
            g.ends_at <= statement_timestamp()
            or g.end_announced_at is null and g.ends_at <= statement_timestamp() + ${notice}
              and g.ends_at >= g.starts_at + 2 * ${notice}
          )
          order by g.ends_at limit 200 for update skip locked
        )
        update grants g set
          end_announced_at = coalesce(g.end_announced_at, statement_timestamp()),
          ended_announced_at = case when due.has_ended then statement_timestamp() end
        from due where due.id = g.id
        returning g.id as "grantId", due.has_ended as "hasEnded"`;
    },
  };
}

/** Returns reads of the access ledger in PostgreSQL. */
export function postgresAccessReads(sql: Queries): AccessReads {
  return {
    async byId(id) {
      const [row] = await sql<GrantRow[]>`
        select ${grantColumns(sql)} ${grantTables(sql)} where g.id = ${uuidOrNull(id)}`;
      return row ? toGrant(row) : null;
    },

    async list({ student, course, source, isActive }, range) {
      const filtered = sql`${grantTables(sql)} where ${
        allOf(sql, [
          student === undefined ? undefined : sql`(g.student_id = ${student} or u.email = lower(${student}))`,
          course === undefined ? undefined : sql`(c.slug = ${course} or g.course_id = ${uuidOrNull(course)})`,
          source === undefined ? undefined : sql`g.source = ${source}`,
          isActive === undefined ? undefined : sql`${grantIsActive(sql)} = ${isActive}`,
        ])
      }`;
      const { count, rows } = await listOf<GrantRow>(sql, {
        select: grantColumns(sql),
        from: filtered,
        order: sql`g.created_at desc, g.id`,
      }, range);
      return { count, grants: rows.map(toGrant) };
    },

    async record({ student, course }) {
      const [row] = await sql<(Omit<AccessRecord, "grants"> & { grants: GrantJson[] })[]>`
        select
          jsonb_build_object(
            'id', s.id, 'email', s.email, 'role', s.role,
            'isDeactivated', s.deactivated_at is not null or s.erased_at is not null
          ) as student,
          jsonb_build_object(
            'id', k.id, 'slug', k.slug, 'title', k.title, 'isPublished', k.is_published
          ) as course,
          ${teaches(sql, "k.id", sql`s.id`)} as teaches,
          ${hasActiveGrant(sql, sql`k.id`, sql`s.id`)} as "hasGrant",
          (
            select e.enrolled_at from enrollments e where e.student_id = s.id and e.course_id = k.id
          ) as "enrolledAt",
          coalesce((
            select jsonb_agg(to_jsonb(considered) order by considered."createdAt" desc, considered.id)
            from (
              select ${grantColumns(sql)} ${grantTables(sql)}
              where g.student_id = s.id and g.course_id = k.id
            ) considered
          ), '[]') as grants,
          statement_timestamp() as "judgedAt"
        from users s, courses k
        where (s.id = ${student} or s.email = lower(${student}))
          and ${isCalled(sql, "k", course)}`;
      return row ? { ...row, grants: row.grants.map(grantFromJson) } : null;
    },
  };
}

function grantColumns(sql: Queries) {
  return sql`
    g.id, g.student_id as "studentId", coalesce(u.email, '') as "studentEmail",
    u.email_verified_at is not null as "isStudentVerified",
    g.course_id as "courseId", coalesce(c.title, '') as "courseTitle", g.source, l.order_id as "orderId",
    g.granted_by as "grantedBy", g.reason, g.starts_at as "startsAt", g.ends_at as "endsAt",
    g.revoked_at as "revokedAt", g.revoked_by as "revokedBy", g.revoked_reason as "revokedReason",
    g.payment_hold as "paymentHold", g.suspended_at is not null as "isSuspended", g.created_at as "createdAt", ${
    grantIsActive(sql)
  } as "isActive"`;
}

function grantTables(sql: Queries) {
  return sql`
    from grants g
    left join order_lines l on l.id = g.order_line_id
    left join users u on u.id = g.student_id
    left join courses c on c.id = g.course_id`;
}

function toGrant({ revokedAt, revokedBy, revokedReason, ...grant }: GrantRow): Grant {
  return {
    ...grant,
    revoked: revokedAt && { at: revokedAt, by: revokedBy, reason: revokedReason ?? "" },
  };
}

const grantFromJson = (grant: GrantJson): Grant =>
  toGrant(
    fromJson<GrantRow>(grant, { startsAt: "date", endsAt: "date", revokedAt: "date", createdAt: "date" }),
  );

/** Returns the distinct pairs in which both ids are known. */
function uniquePairs<Pair extends { studentId: string | null; courseId: string | null }>(
  pairs: Pair[],
): Pair[] {
  const named = pairs.filter(({ studentId, courseId }) => studentId !== null && courseId !== null);
  return [...new Map(named.map((pair) => [`${pair.studentId} ${pair.courseId}`, pair])).values()];
}
