import { ROLE } from "../../../domain/accounts/ports.ts";
import type { Files } from "../../../domain/media/ports.ts";
import type { Database } from "../../postgres/queries.ts";
import { postgresUniversities } from "../../postgres/universities/universities.ts";
import { categories, courses, tutors } from "./catalog.ts";
import { learners, seedLearners } from "./learners.ts";
import { slugOf } from "./slug.ts";
import universities from "../../postgres/universities/universities.json" with { type: "json" };

/** The password of all sample accounts. */
export const SAMPLE_PASSWORD = "learn-with-11";
export const SAMPLE_ACCOUNTS = [
  { role: "student", email: "student@example.com" },
  { role: "tutor", email: "tutor@example.com" },
  { role: "administrator", email: "admin@example.com" },
] as const;

/** A code for 25 % off any courses, once per student. */
export const SAMPLE_PROMOTION = "WELCOME-25";

type Deps = { files: Pick<Files, "put">; hashPassword(password: string): Promise<string> };

/**
 * Fills an empty shop with sample people, courses and universities; in one transaction, after the pictures are
 * stored. Does nothing if there are courses already. Returns whether it did anything.
 */
export async function seedSample(sql: Database, { files, hashPassword }: Deps): Promise<boolean> {
  const [course] = await sql`select id from courses limit 1`;
  if (course) return false;
  const slugs = courses.map(({ title }) => slugOf(title));
  const [passwordHash] = await Promise.all([
    hashPassword(SAMPLE_PASSWORD),
    ...slugs.map(async (slug) => {
      const picture = await Deno.readFile(new URL(`thumbnails/${slug}.png`, import.meta.url));
      await files.put(thumbnailKey(slug), picture, { contentType: "image/png", readers: "everybody" });
    }),
  ]);
  await sql.begin(async (tx) => {
    await tx`insert into categories ${tx(categories.map((name) => ({ name, slug: slugOf(name) })))}`;
    await postgresUniversities(tx).addMissing(universities);
    await tx`
      insert into users (email, password_hash, first_name, last_name, role, email_verified_at, bio, university_id, publishes_email)
      select person.email, ${passwordHash}, person.first, person.last, person.role, now(), coalesce(person.bio, ''),
        v.id, coalesce(person.published, false)
      from jsonb_to_recordset(${tx.json(people())}) as person(
        email text, first text, last text, role smallint, bio text, university text, published boolean
      ) left join universities v on v.name = person.university`;
    await tx`
      insert into courses (
        slug, title, level, description, category_id, price_amount, thumbnail_key, is_published, created_at
      )
      select c.slug, c.title, c.level, c.description, k.id, c.price, c.thumbnail, c.published,
        now() - make_interval(days => c.age)
      from jsonb_to_recordset(${tx.json(courseRows())}) as c(
        slug text, title text, level text, description text, category text, price bigint, thumbnail text,
        published boolean, age integer
      ) join categories k on k.name = c.category`;
    await tx`
      insert into course_prices (course_id, currency, amount)
      select id, price.currency, price_amount * price.percent / 100
      from courses, (values ('eur', 90), ('gbp', 80)) as price(currency, percent) where price_amount > 0`;
    await tx`
      insert into promotions (code, created_by, percent, per_student_limit)
      select ${SAMPLE_PROMOTION}, id, 25, 1 from users where email = 'admin@example.com'`;
    await tx`
      insert into course_tutors (course_id, user_id, position)
      select c.id, u.id, t.position
      from jsonb_to_recordset(${tx.json(tutorRows())}) as t(course text, email text, position integer)
      join courses c on c.slug = t.course join users u on u.email = t.email`;
    await tx`
      insert into course_updates (course_id, author_id, title, body, mailed_at, created_at)
      select c.id, t.user_id, 'Welcome to the course', 'Dear all,' || chr(10) || chr(10) ||
        'take your time with the first part: everything else builds on it. Ask under the lessons, I answer within a day.',
        now(), now()
      from courses c join course_tutors t on t.course_id = c.id and t.position = 0 where c.is_published`;
    await tx`
      insert into course_parts (course_id, slug, title, position)
      select c.id, p.slug, p.title, p.position
      from jsonb_to_recordset(${
      tx.json(partRows())
    }) as p(course text, slug text, title text, position integer)
      join courses c on c.slug = p.course`;
    await tx`
      insert into lessons (part_id, slug, title, description, position, duration_seconds, is_free_preview, video_id)
      select p.id, l.slug, l.title, l.description, l.position, l.seconds, l.preview, 'sample-' || l.slug
      from jsonb_to_recordset(${tx.json(lessonRows())}) as l(
        part text, slug text, title text, description text, position integer, seconds integer, preview boolean
      ) join course_parts p on p.slug = l.part`;
    await seedLearners(tx);
    await tx`
      insert into videos (id, title, uploader_id, course_id, origin, status, length_seconds)
      select l.video_id, l.title, t.user_id, p.course_id, 'upload', 'ready', l.duration_seconds
      from lessons l join course_parts p on p.id = l.part_id
      join course_tutors t on t.course_id = p.course_id and t.position = 0`;
  });
  return true;
}

const thumbnailKey = (slug: string) => `media/images/course_thumbnails/${slug}.png`;
const partSlug = (course: string, part: string) => slugOf(`${course} ${part}`);

function people() {
  return [
    { email: "student@example.com", first: "Maya", last: "Silva", role: ROLE.student },
    { email: "admin@example.com", first: "Alex", last: "Petrov", role: ROLE.admin },
    ...learners,
    ...tutors.map(({ email, firstName, lastName, bio, university, publishesEmail }) => ({
      email,
      first: firstName,
      last: lastName,
      role: ROLE.tutor,
      bio,
      university,
      published: publishesEmail,
    })),
  ];
}

function courseRows() {
  return courses.map((course, index) => ({
    slug: slugOf(course.title),
    title: course.title,
    level: course.level,
    description: course.description,
    category: course.category,
    price: course.priceCents.toString(),
    thumbnail: thumbnailKey(slugOf(course.title)),
    published: course.isPublished,
    age: index * 9 + 1,
  }));
}

function tutorRows() {
  return courses.flatMap((course) =>
    course.tutors.map((email, position) => ({ course: slugOf(course.title), email, position }))
  );
}

function partRows() {
  return courses.flatMap(({ title, parts }) =>
    parts.map((part, position) => ({
      course: slugOf(title),
      slug: partSlug(title, part.title),
      title: part.title,
      position,
    }))
  );
}

function lessonRows() {
  return courses.flatMap(({ title: course, parts, previews }) => {
    let left = previews;
    return parts.flatMap((part) =>
      part.lessons.map(([title, minutes, description], position) => ({
        part: partSlug(course, part.title),
        slug: slugOf(title),
        title,
        description,
        position,
        seconds: minutes * 60,
        preview: left-- > 0,
      }))
    );
  });
}
