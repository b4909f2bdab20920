import { signUp, type TestShop } from "./shop.ts";

/** A student with access to the course, signed in. */
export async function addStudent(shop: TestShop, courseId: string, email = "ada@example.com") {
  const student = await signUp(shop, email);
  await shop
    .sql`insert into grants (student_id, course_id, source) values (${student.id}, ${courseId}, 'import')`;
  return student;
}

/** Another sign-in of somebody who registered with `signUp`; returns its token. */
export async function signIn(shop: TestShop, email: string, userAgent = "test"): Promise<string> {
  const response = await shop.fetch(`${shop.api}/api/auth/token/`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": userAgent },
    body: JSON.stringify({ email, password: "correct-horse" }),
  });
  return (await response.json()).access;
}
