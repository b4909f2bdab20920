// Every answer that the frontend's pages read, with data that its makers did not think of. The shop's fetch holds each
// against what the pages take (tests/support/frontend_shapes.ts); what is asserted here is what they then show.
import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { addCourse, pay, shopTest, signUp, until } from "../../support/shop.ts";
import { coursePicture, signUpAs } from "../../support/tutors.ts";

shopTest(
  "the frontend's pages understand the API's responses, whatever people entered or left out",
  async (shop, t) => {
    const { sql } = shop;
    const ada = await signUp(shop);
    const tutor = await signUpAs(shop, "tutor");
    const admin = await signUpAs(shop, "admin");
    const as = async (who: { token: string } | null, method: string, path: string, body?: unknown) => {
      const answer = await shop.call(method, `/api${path}`, { token: who?.token, body });
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    const everybody = [null, ada, tutor, admin];
    const paid = await addCourse(sql, { title: "Optics" });
    const free = await addCourse(sql, { title: "Прогулка 🦊", priceCents: 0 });
    const bare = await addCourse(sql, { title: "Nothing in it" });
    await sql`delete from course_parts where course_id = ${bare.id}`;
    await sql`update courses set description = '' where id = ${bare.id}`;
    const hollow = await addCourse(sql, { title: "A part and no lesson" });
    await sql`delete from lessons where part_id in (select id from course_parts where course_id = ${hollow.id})`;
    const unfilmed = await addCourse(sql, { title: "No video yet" });
    await sql`
    update lessons set video_id = null, duration_seconds = null
    where part_id in (select id from course_parts where course_id = ${unfilmed.id})`;
    for (const { id } of [paid, free, bare, hollow, unfilmed]) {
      await sql`insert into course_tutors (course_id, user_id) values (${id}, ${tutor.id})`;
    }

    await t.step(
      "the course page draws two initials, whatever a tutor entered, and shows no address",
      async () => {
        const typed = [["", ""], ["Cher", ""], ["", "Euler"], ["\u200b", "\u3164"], [" \u00a0", "\u2800"], [
          "🦊",
          "Ё",
        ]];
        for (const [first, last] of typed) {
          await sql`update users set first_name = ${first!}, last_name = ${last!} where id = ${tutor.id}`;
          for (const path of [`/courses/courses/${paid.slug}/`, "/courses/courses/", "/auth/tutors/"]) {
            const body = await as(null, "GET", path);
            const [shown] = body.results?.[0]?.tutors ?? body.results ?? body.tutors;
            const initials = [[...shown.first_name][0], [...shown.last_name][0]];
            assert.ok(
              initials.every((initial) => initial?.trim()),
              `${JSON.stringify([first, last])} at ${path}`,
            );
            assert.equal(shown.email, "");
          }
        }
      },
    );

    await t.step("every course shows to everybody, in lists and on its page", async () => {
      for (const who of everybody) {
        const { results } = await as(who, "GET", "/courses/courses/");
        assert.equal(results.length, 5);
        for (const { slug } of results) await as(who, "GET", `/courses/courses/${slug}/`);
      }
    });

    await t.step("a tutor of a course, or an administrator, is not offered to buy it", async () => {
      const enrolledIn = async (who: { token: string } | null) =>
        (await as(who, "GET", "/courses/courses/")).results.filter((card: { is_enrolled: boolean }) =>
          card.is_enrolled
        )
          .length;
      assert.deepEqual(await Promise.all(everybody.map(enrolledIn)), [0, 0, 5, 5]);
    });

    await t.step("a free course is there at once, and its page leads to the page of success", async () => {
      const checkout = await as(ada, "POST", "/payments/payments/", { course_id: free.id });
      assert.match(checkout.checkout_session_id, /^cs_/);
      assert.equal((await as(ada, "GET", `/courses/courses/${free.slug}/`)).is_enrolled, true);
      const form = await (await fetch(checkout.checkout_url)).text();
      assert.ok(form.includes("Complete order") && !form.includes("Card number"), "nobody asks for a card");
      const { location } = await pay(checkout.checkout_url);
      assert.equal(new URL(location!).pathname, "/dashboard/payment-success");
      assert.equal(new URL(location!).searchParams.get("course-slug"), free.slug);
    });

    await t.step(
      "progress is a number from 0 to 100 for enrolled students, and absent for others",
      async () => {
        const checkout = await as(ada, "POST", "/payments/payments/", { course_id: paid.id });
        await pay(checkout.checkout_url);
        await until(async () => (await as(ada, "GET", `/courses/courses/${paid.slug}/`)).is_enrolled);
        const shown = async () => {
          const pages = [
            (await as(ada, "GET", "/courses/courses/")).results.find((card: { id: string }) =>
              card.id === paid.id
            ),
            (await as(ada, "GET", "/courses/enrollments/")).results
              .find(({ course }: { course: { id: string } }) => course.id === paid.id).course,
            await as(ada, "GET", `/courses/courses/${paid.slug}/`),
          ];
          return pages.map(({ progress }) => progress);
        };
        assert.deepEqual(await shown(), [0, 0, 0]);
        await as(ada, "PATCH", `/courses/lessons/${paid.preview}/progress/`, { completed: true });
        assert.deepEqual(await shown(), [50, 50, 50]);
        await as(ada, "PATCH", `/courses/lessons/${paid.lesson}/progress/`, { completed: true });
        assert.deepEqual(await shown(), [100, 100, 100]);
        for (const who of [null, tutor, admin]) {
          assert.ok(!("progress" in await as(who, "GET", `/courses/courses/${paid.slug}/`)));
        }
      },
    );

    await t.step("lessons show with a video and without, to who may see them", async () => {
      assert.ok((await as(null, "GET", `/courses/lessons/${paid.preview}/`)).otp);
      assert.ok((await as(ada, "GET", `/courses/lessons/${paid.lesson}/`)).otp);
      assert.ok(!(await as(tutor, "GET", `/courses/lessons/${unfilmed.lesson}/`)).otp);
      assert.ok(!(await as(null, "GET", `/courses/lessons/${unfilmed.preview}/`)).otp);
    });

    await t.step(
      "the creator's pages: a draft of nothing, a lesson saved without a video and then given one",
      async () => {
        await as(tutor, "GET", "/courses/categories/");
        const draft = await as(tutor, "POST", "/courses/courses/", {
          title: "D",
          description: "",
          category: "",
          price: 0,
        });
        const part = await as(tutor, "POST", "/courses/course-parts/", {
          course: draft.id,
          title: "",
          order: 0,
        });
        await as(tutor, "PATCH", `/courses/course-parts/${part.slug}/`, {});
        const made = {
          part: part.id,
          title: "New Lesson",
          description: "",
          order: 0,
          is_free_preview: false,
        };
        const lesson = await as(tutor, "POST", "/courses/lessons/", {
          ...made,
          duration: "0",
          video_service_id: null,
        });
        const shown = async () =>
          (await as(tutor, "GET", `/courses/courses/${draft.slug}/`)).parts[0].lessons[0];
        assert.deepEqual([(await shown()).uploadStatus, (await shown()).videoServiceId], ["idle", null]);
        const { videoId } = await as(tutor, "POST", "/courses/vdocipher/upload-credentials/", {
          title: "New Lesson",
        });
        await as(tutor, "PATCH", `/courses/lessons/${lesson.slug}/`, { video_service_id: videoId });
        assert.deepEqual([(await shown()).uploadStatus, (await shown()).videoServiceId], [
          "completed",
          videoId,
        ]);
        const form = new FormData();
        form.append("thumbnail", new File([await coursePicture()], "cover.png", { type: "image/png" }));
        const headers = { authorization: `Bearer ${tutor.token}` };
        const sent = await shop.fetch(`${shop.api}/api/courses/courses/${draft.slug}/`, {
          method: "PATCH",
          headers,
          body: form,
        });
        assert.equal(sent.status, 200);
        await sent.body?.cancel();
        for (const path of ["courses/", "quick_statistics/"]) {
          await as(
            tutor,
            "GET",
            `/auth/tutors/me/${path}`,
          );
        }
      },
    );

    await t.step("people and onboarding", async () => {
      await sql`insert into universities (name, country, city) values ('ETH Zürich', 'Switzerland', '')`;
      const [university] = (await as(null, "GET", "/core/universities/")).results;
      const year = new Date().getUTCFullYear();
      const answers = { university: university.id, degree: "phd", graduation_year: year, interests: "" };
      await as(ada, "POST", "/auth/onboarding-answers/", answers);
      assert.equal((await as(ada, "GET", "/auth/onboarding-answers/")).results.length, 1);
      for (const who of [ada, tutor, admin]) await as(who, "GET", "/auth/users/me/");
      const blank = { first_name: "", last_name: "", email: "ada@example.com", phone: "", username: "" };
      await as(ada, "PATCH", "/auth/users/me/", blank);
      const nobody = await signUp(shop, "nobody@example.com");
      assert.equal((await as(nobody, "GET", "/auth/users/me/")).role, ROLE.user);
      assert.equal((await as(nobody, "GET", "/auth/onboarding-answers/")).results.length, 0);
      assert.equal((await as(nobody, "GET", "/courses/enrollments/")).results.length, 0);
    });
  },
);
