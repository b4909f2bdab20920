import { ROLE } from "../../../domain/accounts/ports.ts";
import type { DatabaseTransaction } from "../../postgres/queries.ts";

/** Students of the sample shop. They have the password of all sample accounts. */
export const learners = [
  { email: "noor.haddad@example.com", first: "Noor", last: "Haddad", role: ROLE.student },
  { email: "liam.byrne@example.com", first: "Liam", last: "Byrne", role: ROLE.student },
  { email: "ines.costa@example.com", first: "Inês", last: "Costa", role: ROLE.student },
];
const [NOOR, LIAM, INES] = learners.map(({ email }) => email);

/** Students' courses: since how many days, how many lessons completed, and their review. */
const studies = [
  [NOOR, "linear-algebra-for-engineers", 70, 6, 5, "The exam questions alone are worth it."],
  [LIAM, "linear-algebra-for-engineers", 33, 2, 4, "Clear, though I had to pause often."],
  [INES, "linear-algebra-for-engineers", 4, 1, 5, ""],
  [NOOR, "classical-mechanics", 48, 3, 4, "Good pace."],
  [LIAM, "databases-and-sql-in-practice", 90, 5, 5, "I use it at work every day."],
  [INES, "databases-and-sql-in-practice", 12, 1, 3, "More exercises, please."],
  [INES, "cell-biology-essentials", 25, 2, 5, "Finally understood mitosis."],
];

/** A question and an answer under a lesson. */
const talk = {
  lesson: "eigenvalues-of-a-vibrating-bridge",
  question: [NOOR, "Why is the largest eigenvalue the dangerous one? Would every resonance not do?"],
  answer: [
    "tutor@example.com",
    "Every one would, but the wind feeds the slowest sway first: look at minute 9 again, where the energy goes in.",
  ],
};

/**
 * Gives the sample students access to courses, and writes their progress, reviews and comments. Students and courses
 * must exist.
 */
export async function seedLearners(tx: DatabaseTransaction): Promise<void> {
  const rows = studies.map(([email, course, days, completed, rating, content]) => ({
    email,
    course,
    days,
    completed,
    rating,
    content,
  }));
  await tx`
    with study as (
      select s.*, u.id as student_id, c.id as course_id
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as s(
        email text, course text, days integer, completed integer, rating integer, content text
      ) join users u on u.email = s.email join courses c on c.slug = s.course
    ), granted as (
      insert into grants (student_id, course_id, source, starts_at)
      select student_id, course_id, 'import', now() - make_interval(days => days) from study
    ), enrolled as (
      insert into enrollments (student_id, course_id, enrolled_at)
      select student_id, course_id, now() - make_interval(days => days) from study
    ), progressed as (
      insert into lesson_progress (student_id, lesson_id, position_seconds, watched_seconds, completed_at)
      select s.student_id, l.id, l.duration_seconds, l.duration_seconds, now()
      from study s cross join lateral (
        select l.id, l.duration_seconds from course_parts p join lessons l on l.part_id = p.id
        where p.course_id = s.course_id order by p.position, l.position limit s.completed
      ) l
    )
    insert into reviews (course_id, student_id, rating, content, created_at)
    select course_id, student_id, rating, content, now() - make_interval(days => days / 2) from study`;
  await tx`
    with question as (
      insert into comments (lesson_id, author_id, content)
      select l.id, u.id, ${talk.question[1]!} from lessons l, users u
      where l.slug = ${talk.lesson} and u.email = ${talk.question[0]!}
      returning id, lesson_id
    )
    insert into comments (lesson_id, author_id, parent_id, content)
    select q.lesson_id, u.id, q.id, ${talk.answer[1]!} from question q, users u where u.email = ${talk
    .answer[0]!}`;
}
