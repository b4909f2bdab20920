// What the API is measured against: Deno.serve and the driver, one hand-written query per request that makes the JSON in
// the database, sent on as it comes. No validation, authentication, CORS, log, security headers or errors.
import postgres from "postgres";

const [port, databaseUrl, studentId] = [Deno.args[0]!, Deno.args[1]!, Deno.args[2]!];
const sql = postgres(databaseUrl, { max: 10 });
const ORIGIN = `http://127.0.0.1:${port}`;

const hasAccess = (student: string | null) =>
  sql`exists (
    select from grants g where g.student_id = ${student} and g.course_id = c.id and g.revoked_at is null
      and g.starts_at <= now() and (g.ends_at is null or g.ends_at > now()))`;

/** As the API has it, such as `12h 30m`. */
const spokenDuration = (seconds: postgres.PendingQuery<postgres.Row[]>) => {
  const minutes = sql`greatest(1, round(${seconds} / 60.0))::integer`;
  return sql`case when ${seconds} > 0
    then concat_ws(' ', nullif(${minutes} / 60, 0) || 'h', nullif(${minutes} % 60, 0) || 'm') end`;
};

/** How far the student is in a course, with the lesson to go on with. */
const progress = (student: string) =>
  sql`(
    with plan as (
      select l.id, l.slug, l.title, p.completed_at, coalesce(p.position_seconds, 0) as position_seconds, p.updated_at,
        row_number() over (order by s.position, s.created_at, s.id, l.position, l.created_at, l.id) as place
      from course_parts s join lessons l on l.part_id = s.id
      left join lesson_progress p on p.lesson_id = l.id and p.student_id = ${student}
      where s.course_id = c.id
    )
    select json_build_object(
      'completed_lessons', (select count(completed_at) from plan),
      'total_lessons', (select count(*) from plan),
      'percent', (select coalesce(count(completed_at) * 100 / nullif(count(*), 0), 0) from plan),
      'next_lesson', (
        select json_build_object('id', id, 'slug', slug, 'title', title, 'position_seconds', position_seconds)
        from plan where completed_at is null
        order by place < coalesce((select place from plan order by updated_at desc nulls last, place limit 1), 1), place
        limit 1
      )
    ))`;

/** `rest`: further keys and values. */
const course = (student: string | null, rest: postgres.PendingQuery<postgres.Row[]>) =>
  sql`(select json_build_object(
    'id', c.id, 'slug', c.slug, 'title', c.title, 'description', c.description,
    'price', case when c.price_amount = 0 then '0'::json
      else to_json(to_char(c.price_amount / 100.0, 'FM999999990.00')) end,
    'currency', c.price_currency, 'is_free', c.price_amount = 0,
    'thumbnail', ${ORIGIN} || '/' || coalesce(c.thumbnail_key, 'media/placeholder.png'),
    'category', (
      select json_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug)
      from categories k where k.id = c.category_id
    ),
    'tutors', coalesce((
      select json_agg(
        json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name, 'email', '')
        order by t.position)
      from course_tutors t join users u on u.id = t.user_id where t.course_id = c.id
    ), '[]'),
    'tutor', (
      select json_build_object('name', u.first_name || ' ' || u.last_name, 'avatar', ${ORIGIN} || '/' || u.avatar_key)
      from course_tutors t join users u on u.id = t.user_id where t.course_id = c.id order by t.position limit 1
    ),
    'level', c.level, 'language', c.language, 'duration', ${spokenDuration(sql`s.duration_seconds`)},
    'rating', nullif(c.rating, 0), 'rating_count', c.rating_count, 'enrolledStudents', nullif(c.student_count, 0),
    'is_published', c.is_published, 'is_archived', c.archived_at is not null,
    'is_enrolled', ${student === null ? sql`false` : hasAccess(student)},
    'isEnrolled', ${student === null ? sql`false` : hasAccess(student)},
    'progress', so_far.summary -> 'percent', 'course_progress', so_far.summary,
    'created_at', c.created_at, 'updated_at', c.updated_at, ${rest}
  ) from (select ${student === null ? sql`null::json` : progress(student)} as summary offset 0) so_far)`;

const parts = () =>
  sql`coalesce((
    select json_agg(
      json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'order', p.position)
      order by p.position)
    from course_parts p where p.course_id = c.id
  ), '[]')`;

/** The first page. The limit is in the statement's text: a parameter there has PostgreSQL plan anew each time. */
const page = (
  url: URL,
  count: postgres.PendingQuery<postgres.Row[]>,
  items: (limit: postgres.PendingQuery<postgres.Row[]>) => postgres.PendingQuery<postgres.Row[]>,
  found = sql``,
) => {
  const size = Number(url.searchParams.get("page_size") ?? 100);
  const search = url.searchParams.get("search");
  const query = new URLSearchParams({
    page: "2",
    page_size: String(size),
    ...(search === null ? {} : { search }),
  });
  const next = `${ORIGIN}${url.pathname}?${query}`;
  return sql<{ body: string }[]>`
    ${found} select json_build_object('count', n.count, 'next', case when n.count > ${size} then ${next} end, 'previous', null,
      'results', coalesce((select json_agg(item) from (${
    items(sql.unsafe(`limit ${size}`))
  }) items), '[]'))::text as body
    from (select ${count} as count) n`;
};

const ANSWERS: Record<string, (url: URL) => Promise<{ body: string }[]>> = {
  "/api/courses/courses/": (url) => {
    const search = url.searchParams.get("search");
    if (search !== null) {
      return page(
        url,
        sql`(select count(*) from found)`,
        (limit) =>
          sql`
          select ${course(null, sql`'parts', ${parts()}`)} as item
          from (select * from found order by rank desc, course_id desc ${limit}) f
          join courses c on c.id = f.course_id join course_summaries s on s.course_id = c.id
          order by f.rank desc, c.id desc`,
        sql`
          with typed as materialized (select course_query(${search}) as query),
          found as materialized (
            select s.course_id, ts_rank('{0.05, 0.2, 0.4, 1}', s.document, typed.query) * (1 + s.popularity / 50.0) as rank
            from typed join course_summaries s on s.document @@ typed.query
          )`,
      );
    }
    return page(
      url,
      sql`(select course_count from catalogue_size)`,
      (limit) =>
        sql`
        select ${course(null, sql`'parts', ${parts()}`)} as item
        from courses c join course_summaries s on s.course_id = c.id
        where c.is_published and c.archived_at is null order by c.created_at desc, c.id desc ${limit}`,
    );
  },
  "/api/courses/courses/:slug/": (url) =>
    sql`
      select ${
      course(
        null,
        sql`
        'objectives', c.objectives, 'requirements', c.requirements, 'parts', coalesce((
          select json_agg(
            json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description,
              'order', p.position, 'lessons', coalesce((
                select json_agg(
                  json_build_object('id', l.id, 'slug', l.slug, 'title', l.title, 'description', l.description,
                    'order', l.position, 'duration', l.duration_seconds * interval '1 second',
                    'is_free_preview', l.is_free_preview, 'created_at', l.created_at) order by l.position)
                from lessons l where l.part_id = p.id
              ), '[]')) order by p.position)
          from course_parts p where p.course_id = c.id
        ), '[]')`,
      )
    }::text as body
      from courses c join course_summaries s on s.course_id = c.id where c.slug = ${url.pathname.split(
      "/",
    )[4]!}`,
  "/api/courses/enrollments/": (url) =>
    page(
      url,
      sql`(
        select count(*) from enrollments e join courses c on c.id = e.course_id
        where e.student_id = ${studentId} and ${hasAccess(studentId)})`,
      (limit) =>
        sql`
        select json_build_object('id', e.id, 'enrolled_at', e.enrolled_at, 'student', json_build_object(
            'id', u.id, 'email', u.email, 'first_name', u.first_name, 'last_name', u.last_name, 'role', u.role,
            'is_email_verified', u.email_verified_at is not null, 'created_at', u.created_at, 'updated_at', u.updated_at
          ), 'course', ${course(studentId, sql`'parts', ${parts()}`)}) as item
        from enrollments e join users u on u.id = e.student_id join courses c on c.id = e.course_id
        join course_summaries s on s.course_id = c.id
        where e.student_id = ${studentId} and ${hasAccess(studentId)} order by e.enrolled_at desc ${limit}`,
    ),
  "/api/courses/lessons/:slug/": (url) =>
    sql`
      with found as (
        select l.*, c.id as course_id from lessons l join course_parts p on p.id = l.part_id
        join courses c on c.id = p.course_id
        where l.slug = ${url.pathname.split("/")[4]!} and (l.is_free_preview or ${hasAccess(studentId)})
      ), logged as (
        insert into playback_log (lesson_id, course_id, viewer_id, address, user_agent, outcome)
        select id, course_id, ${studentId}, '127.0.0.1', '', 'no_video' from found
      )
      select json_build_object('id', id, 'slug', slug, 'title', title, 'description', description,
        'is_free_preview', is_free_preview, 'order', position, 'duration', duration_seconds * interval '1 second',
        'created_at', created_at,
        'video_problem', json_build_object('code', 'no_video', 'detail', 'This lesson has no video.'))::text as body
      from found`,
  "/api/core/universities/": (url) =>
    page(
      url,
      sql`(select count(*) from universities)`,
      (limit) =>
        sql`
        select json_build_object('id', id, 'name', name, 'description', description, 'logo', logo_key,
          'website', website, 'country', country, 'city', city, 'location', location, 'global_rank', global_rank,
          'country_rank', country_rank, 'created_at', created_at, 'updated_at', updated_at) as item
        from universities order by name ${limit}`,
    ),
};

Deno.serve({ port: Number(port), hostname: "127.0.0.1", onListen() {} }, async (request) => {
  const url = new URL(request.url);
  const path = url.pathname.replace(/^(\/api\/courses\/(?:courses|lessons)\/)[^/]+\/$/, "$1:slug/");
  const [row] = await ANSWERS[path]!(url);
  return new Response(row!.body, { headers: { "content-type": "application/json" } });
});
