import assert from "node:assert/strict";
import { addCourse, shopTest, signUp, type TestShop } from "../../support/shop.ts";

async function signUpAs(shop: TestShop, role: number, email: string) {
  const person = await signUp(shop, email);
  await shop.sql`update users set role = ${role} where id = ${person.id}`;
  const { body } = await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh: person.refresh } });
  return { ...person, token: body.access as string };
}

const picture = () =>
  Deno.readFile(
    new URL("../../../adapters/sandbox/sample/thumbnails/classical-mechanics.png", import.meta.url),
  );

async function sendForm(shop: TestShop, method: string, path: string, token: string, form: FormData) {
  const response = await shop.fetch(`${shop.api}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return { status: response.status, body: await response.json() };
}

async function formWith(field: string, bytes: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) {
  const form = new FormData();
  form.set(field, new Blob([bytes]), "picture.png");
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  return await Promise.resolve(form);
}

shopTest("an avatar can be uploaded, fetched and removed", async (shop) => {
  const { token } = await signUp(shop);
  const me = "/api/auth/users/me/";
  const set = await sendForm(
    shop,
    "PATCH",
    me,
    token,
    await formWith("avatar", await picture(), { phone: "+44 1" }),
  );
  assert.equal(set.status, 200);
  assert.equal(set.body.phone, "+44 1");
  const shown = await fetch(set.body.avatar);
  assert.match(shown.headers.get("content-type")!, /^image\//);
  await shown.arrayBuffer();
  const text = await formWith("avatar", new TextEncoder().encode("no picture"));
  const refused = await sendForm(shop, "PATCH", me, token, text);
  assert.equal(refused.status, 400);
  assert.ok(refused.body.errors.avatar);
  const kept = await shop.call("PATCH", me, { token, body: { avatar: set.body.avatar } });
  assert.equal(kept.body.avatar, set.body.avatar, "a profile may be sent back as it came");
  assert.equal((await shop.call("PATCH", me, { token, body: { avatar: null } })).body.avatar, null);
});

shopTest(
  "a tutor's public profile shows the address only if the tutor wants it, here and on courses",
  async (shop) => {
    const tutor = await signUpAs(shop, 2, "tutor@example.com");
    const gone = await signUpAs(shop, 2, "gone@example.com");
    await shop.sql`update users set deactivated_at = now() where id = ${gone.id}`;
    await signUp(shop, "ada@example.com");
    const course = await addCourse(shop.sql);
    await shop.sql`insert into course_tutors (course_id, user_id) values (${course.id}, ${tutor.id})`;
    const [university] = await shop.sql<{ id: number }[]>`
    insert into universities (name, country, city) values ('ETH Zurich', 'Switzerland', 'Zurich') returning id`;
    const { token } = tutor;
    const change = (body: unknown) => shop.call("PATCH", "/api/auth/tutors/me/", { token, body });
    const shownOnCourse = async () =>
      (await shop.call("GET", `/api/courses/courses/${course.slug}/`)).body.tutors[0].email;

    const first = await change({ bio: " Vectors. ", university: String(university!.id), unknown: 1 });
    assert.equal(first.status, 200);
    assert.deepEqual([first.body.bio, first.body.university, first.body.email, first.body.publishes_email], [
      "Vectors.",
      { id: university!.id, name: "ETH Zurich" },
      "",
      false,
    ]);
    assert.equal(await shownOnCourse(), "");
    assert.equal((await change({ publishes_email: true })).body.email, "tutor@example.com");
    assert.equal(await shownOnCourse(), "tutor@example.com");
    for (const wrong of [{ university: 999 }, { university: "x" }]) {
      const refused = await change(wrong);
      assert.deepEqual([refused.status, Object.keys(refused.body.errors)], [400, ["university"]]);
    }
    assert.equal((await change({ university: "" })).body.university, null);
    await change({ university: university!.id });

    const list = (search: string) => shop.call("GET", `/api/auth/tutors/?search=${search}`);
    const unknown = await signUpAs(shop, 2, "newcomer@example.com");
    assert.equal((await shop.call("GET", `/api/auth/tutors/${unknown.id}/`)).status, 404, "not verified");
    assert.equal((await list("")).body.count, 1, "neither students nor those who are gone");
    const [found] = (await list("zurich")).body.results;
    assert.deepEqual([found.id, found.courses_count], [tutor.id, 1]);
    assert.equal((await list("nobody")).body.count, 0);
    assert.equal((await shop.call("GET", `/api/auth/tutors/${tutor.id}/`)).body.bio, "Vectors.");
    assert.equal((await shop.call("GET", `/api/auth/tutors/${gone.id}/`)).status, 404);
    await shop.sql`delete from universities`;
    assert.equal((await shop.call("GET", "/api/auth/tutors/me/", { token })).body.university, null);
  },
);

shopTest(
  "onboarding answers are accepted as the frontend sends them, repeatedly, and are private",
  async (shop) => {
    const { token } = await signUp(shop);
    const [university] = await shop.sql<{ id: number }[]>`
    insert into universities (name, country, city) values ('ETH Zurich', 'Switzerland', 'Zurich') returning id`;
    const path = "/api/auth/onboarding-answers/";
    const post = (body: unknown) => shop.call("POST", path, { token, body });
    assert.deepEqual((await shop.call("GET", path, { token })).body.results, []);
    const sent = { university: university!.id, degree: "bachelors", graduation_year: 2030, interests: "" };
    const first = await post(sent);
    assert.deepEqual([first.status, first.body.interests, first.body.age], [201, "", null]);
    const again = await post({
      ...sent,
      university: String(university!.id),
      interests: "Physics,Chess",
      age: 20,
    });
    assert.deepEqual([again.status, again.body.id, again.body.university], [
      201,
      first.body.id,
      university!.id,
    ]);
    const { body } = await shop.call("GET", path, { token });
    assert.deepEqual([body.count, body.results[0].interests], [1, "Physics,Chess"]);
    for (
      const [wrong, field] of [
        [{ ...sent, university: 999 }, "university"],
        [{ ...sent, degree: "none" }, "degree"],
        [{ ...sent, graduation_year: "soon" }, "graduation_year"],
        [{ ...sent, graduation_year: null }, "graduation_year"],
        [{ ...sent, age: 5 }, "age"],
      ] as const
    ) {
      const refused = await post(wrong);
      assert.deepEqual([refused.status, Object.keys(refused.body.errors)], [400, [field]]);
    }
    const own = `${path}${first.body.id}/`;
    const changed = await shop.call("PATCH", own, {
      token,
      body: { degree: "phd", university: null, age: null },
    });
    assert.deepEqual([changed.body.degree, changed.body.university, changed.body.age], ["phd", null, null]);
    assert.equal((await shop.call("GET", own, { token })).body.degree, "phd");
    assert.equal((await shop.call("DELETE", own, { token })).status, 204);
    assert.equal((await shop.call("DELETE", own, { token })).status, 404);
  },
);

shopTest(
  "universities are found by words, edited by administrators with logos, and have unique names",
  async (shop) => {
    const { id, token } = await signUpAs(shop, 1, "admin@example.com");
    const path = "/api/core/universities/";
    const logo = await formWith("logo", await picture(), {
      name: "ETH Zürich",
      country: "Switzerland",
      city: "Zürich",
      global_rank: "7",
    });
    const added = await sendForm(shop, "POST", path, token, logo);
    assert.equal(added.status, 201);
    assert.deepEqual([added.body.global_rank, added.body.location], [7, "Zürich, Switzerland"]);
    const shown = await fetch(added.body.logo);
    assert.match(shown.headers.get("content-type")!, /^image\//);
    await shown.arrayBuffer();
    const other = await shop.call("POST", path, {
      token,
      body: {
        name: "Universidad de Lima",
        country: "Peru",
        city: "Lima",
        website: "https://www.ulima.edu.pe",
      },
    });
    const own = `${path}${other.body.id}/`;
    for (
      const [wrong, field] of [
        [{ name: "ETH Zürich" }, "name"],
        [{ name: "" }, "name"],
        [{ website: "javascript:alert(1)" }, "website"],
        [{ global_rank: 0 }, "global_rank"],
      ] as const
    ) {
      const refused = await shop.call("PATCH", own, { token, body: wrong });
      assert.deepEqual([refused.status, Object.keys(refused.body.errors)], [400, [field]]);
    }
    const changed = await shop.call("PATCH", own, {
      token,
      body: { city: "Cusco", country_rank: 3, nonsense: 1 },
    });
    assert.deepEqual([changed.body.city, changed.body.country_rank], ["Cusco", 3]);
    const names = async (query: string) =>
      (await shop.call("GET", `${path}?${query}`)).body.results.map(({ name }: { name: string }) => name);
    assert.deepEqual(await names(""), ["ETH Zürich", "Universidad de Lima"]);
    assert.deepEqual(await names("search=CUSCO"), ["Universidad de Lima"]);
    assert.deepEqual(await names("page=2&page_size=1"), ["Universidad de Lima"]);
    assert.equal((await shop.call("GET", own)).body.city, "Cusco");
    for (const none of ["999", "x", "99999999999"]) {
      assert.equal((await shop.call("GET", `${path}${none}/`)).status, 404);
    }
    assert.equal((await shop.call("DELETE", own, { token })).status, 204);
    assert.equal((await shop.call("DELETE", own, { token })).status, 404);
    const { body } = await shop.call("GET", `/api/auth/audit-log/?subject_type=university&actor=${id}`, {
      token,
    });
    assert.deepEqual(body.results.map(({ action }: { action: string }) => action), [
      "university.remove",
      "university.change",
      "university.add",
      "university.add",
    ]);
  },
);
