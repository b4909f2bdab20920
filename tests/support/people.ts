import { signUp, type TestShop } from "./shop.ts";

/** A tutor who teaches the course, signed in. */
export async function addTutor(shop: TestShop, courseId: string | null, email = "tutor@example.com") {
  const tutor = await signUp(shop, email);
  await shop.sql`update users set role = 2 where id = ${tutor.id}`;
  if (courseId) {
    await shop.sql`insert into course_tutors (course_id, user_id) values (${courseId}, ${tutor.id})`;
  }
  return { ...tutor, token: await signIn(shop, email) };
}

/** An administrator, signed in. */
export async function addAdministrator(shop: TestShop, email = "admin@example.com") {
  const administrator = await signUp(shop, email);
  await shop.sql`update users set role = 1 where id = ${administrator.id}`;
  return { ...administrator, token: await signIn(shop, email) };
}

/** A student with access to the course, signed in. */
export async function addStudent(shop: TestShop, courseId: string, email = "ada@example.com") {
  const student = await signUp(shop, email);
  await shop
    .sql`insert into grants (student_id, course_id, source) values (${student.id}, ${courseId}, 'import')`;
  return student;
}

/** Another sign-in of somebody who registered with `signUp`; answers its token. */
export async function signIn(shop: TestShop, email: string, userAgent = "test"): Promise<string> {
  const response = await shop.fetch(`${shop.api}/api/auth/token/`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": userAgent },
    body: JSON.stringify({ email, password: "correct-horse" }),
  });
  return (await response.json()).access;
}
