import { ROLE } from "../../domain/accounts/ports.ts";
import { signUp, type TestShop } from "./shop.ts";

/** Registers somebody, gives them the role, verifies their address, and signs in. */
export async function signUpAs(
  shop: Pick<TestShop, "call" | "sql">,
  role: "admin" | "tutor" | "student",
  email = `${role}@example.com`,
): Promise<{ id: string; token: string }> {
  const { id } = await signUp(shop, email);
  await shop.sql`update users set role = ${ROLE[role]}, email_verified_at = now() where id = ${id}`;
  const { body } = await shop.call("POST", "/api/auth/token/", {
    body: { email, password: "correct-horse" },
  });
  return { id, token: body.access };
}

/** Signs up a tutor who teaches the course. */
export async function courseTutor(
  shop: TestShop,
  courseId: string,
  email = "tutor@example.com",
): Promise<{ id: string; token: string }> {
  const tutor = await signUpAs(shop, "tutor", email);
  await shop.sql`insert into course_tutors (course_id, user_id) values (${courseId}, ${tutor.id})`;
  return tutor;
}

/** A real PNG, as a tutor might send it for a course. */
export function coursePicture(): Promise<Uint8Array<ArrayBuffer>> {
  const file = "../../adapters/sandbox/sample/thumbnails/classical-mechanics.png";
  return Deno.readFile(new URL(file, import.meta.url));
}

/** Videos that a tutor uploaded, ready to be shown in lessons. */
export async function addVideos(shop: TestShop, tutorId: string, ids: string[]): Promise<void> {
  await shop.sql`
    insert into videos (id, uploader_id, origin, status) select id, ${tutorId}, 'upload', 'ready'
    from unnest(${ids}::text[]) as id`;
}
