// A tutor's and a student's way through the frontend, call by call as its pages make them (wire-contract.md).
import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, until } from "../../support/shop.ts";
import { addVideos, coursePicture, signUpAs } from "../../support/tutors.ts";

shopTest(
  "a tutor creates a course as the frontend does, and a student buys, watches, discusses and reviews it",
  async (shop) => {
    const { token, id: tutorId } = await signUpAs(shop, "tutor");
    const videos = ["sample-1", "sample-2", "sample-3", "sample-4"];
    await addVideos(shop, tutorId, videos);
    const tutor = (method: string, path: string, body?: unknown) =>
      shop.call(method, `/api${path}`, { token, body });
    const sendForm = async (path: string, fields: Record<string, string | File>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      const headers = { authorization: `Bearer ${token}` };
      const response = await shop.fetch(`${shop.api}/api${path}`, { method: "PATCH", headers, body: form });
      return { status: response.status, body: await response.json() };
    };
    await shop.sql`insert into categories (name, slug) values ('Physics', 'physics')`;

    // The create page: course, thumbnail, then part by part and lesson by lesson.
    const category = (await tutor("GET", "/courses/categories/")).body.results[0].id;
    assert.ok(category.length > 0, "the page tests the length of the id");
    const course = (await tutor("POST", "/courses/courses/", {
      title: "Mechanics",
      description: "How bodies move.",
      category,
      price: 24.5,
      is_published: false,
    })).body;
    const thumbnail = new File([await coursePicture()], "cover.png", { type: "image/png" });
    assert.equal((await sendForm(`/courses/courses/${course.slug}/`, { thumbnail })).status, 200);
    for (const [order, title] of ["Statics", ""].entries()) {
      const part =
        (await tutor("POST", "/courses/course-parts/", { course: course.id, title, description: "", order }))
          .body;
      for (const position of [0, 1]) {
        const lesson = await tutor("POST", "/courses/lessons/", {
          part: part.id,
          title: `Lesson ${order * 2 + position + 1}`,
          description: "",
          order: position,
          is_free_preview: order + position === 0,
          video_service_id: videos.at(order * 2 + position),
          duration: "600",
        });
        assert.equal(lesson.status, 201);
        assert.equal(lesson.body.slug, `lesson-${order * 2 + position + 1}`);
      }
    }

    // The edit page: reads the course, patches per keystroke with an empty patch of the part beside each, saves, publishes.
    const shown = (await tutor("GET", `/courses/courses/${course.slug}/`)).body;
    const [, second] = shown.parts;
    await Promise.all(["F", "Fo", "For", "Forc", "Force", "Forces"].flatMap((title) => [
      tutor("PATCH", `/courses/lessons/${second.lessons[1].slug}/`, { title }),
      tutor("PATCH", `/courses/course-parts/${second.slug}/`, {}),
    ]));
    await tutor("PATCH", `/courses/lessons/${second.lessons[1].slug}/`, { title: "Forces" });
    await tutor("PATCH", `/courses/lessons/${second.lessons[0].slug}/`, { duration: 650 });
    const saved = await sendForm(`/courses/courses/${course.slug}/`, {
      title: shown.title,
      description: shown.description,
      category: shown.category.id,
      price: "30",
      is_published: String(shown.is_published),
    });
    assert.deepEqual([saved.status, saved.body.price, saved.body.is_published], [200, "30.00", false]);
    const { body: mine } = await tutor("GET", "/auth/tutors/me/courses/");
    assert.deepEqual([mine.results[0].is_published, mine.results[0].lessons_count], [false, 4]);
    assert.equal(
      (await tutor("PATCH", `/courses/courses/${course.slug}/`, { is_published: true })).status,
      200,
    );

    // The student finds and buys it, and goes through it lesson by lesson.
    const ada = await signUp(shop);
    const student = (method: string, path: string, body?: unknown) =>
      shop.call(method, `/api${path}`, { token: ada.token, body });
    const found = (await student("GET", "/courses/courses/")).body.results[0];
    assert.deepEqual([found.slug, found.is_enrolled, found.parts.length], [course.slug, false, 2]);
    const { body: checkout } = await student("POST", "/payments/payments/", { course_id: found.id });
    await pay(checkout.checkout_url);
    const bought = await until(async () => {
      const { body } = await student("GET", `/courses/courses/${course.slug}/`);
      return body.is_enrolled && body;
    });
    assert.deepEqual(
      bought.parts.flatMap((part: { lessons: { title: string }[] }) =>
        part.lessons.map(({ title }) => title)
      ),
      ["Lesson 1", "Lesson 2", "Lesson 3", "Forces"],
    );
    for (const lesson of bought.parts.flatMap((part: { lessons: { slug: string }[] }) => part.lessons)) {
      assert.ok((await student("GET", `/courses/lessons/${lesson.slug}/`)).body.otp);
      await student("PATCH", `/courses/lessons/${lesson.slug}/progress/`, {
        position_seconds: 590,
        watched_seconds: 590,
      });
    }
    const { body: enrollments } = await student("GET", "/courses/enrollments/");
    assert.equal(enrollments.results[0].course.progress, 100);
    const comment = await student("POST", "/courses/comments/", {
      lesson: "lesson-1",
      content: "Why does it move?",
    });
    const answer = await tutor("POST", "/courses/comments/", {
      lesson: "lesson-1",
      content: "Newton.",
      parent: comment.body.id,
    });
    assert.equal(answer.body.is_tutor, true);
    assert.equal(
      (await student("POST", `/courses/courses/${course.slug}/reviews/`, { rating: 5 })).status,
      201,
    );
    const { body: figures } = await tutor("GET", "/auth/tutors/me/quick_statistics/");
    assert.deepEqual(
      [figures.total_earnings, figures.active_students, figures.average_rating, figures.published_courses],
      [30, 1, 5, 1],
    );
    const { body: funnel } = await tutor("GET", `/courses/courses/${course.id}/statistics/`);
    assert.deepEqual([funnel.completion_percent, funnel.watched_seconds], [100, 4 * 590]);
  },
);

shopTest(
  "a newcomer goes through the frontend's pages: register, onboarding, catalog, checkout, player, profile",
  async (shop) => {
    const tutor = await signUpAs(shop, "tutor");
    const course = await addCourse(shop.sql);
    await shop.sql`insert into course_tutors (course_id, user_id) values (${course.id}, ${tutor.id})`;
    await shop
      .sql`insert into universities (name, country, city) values ('ETH Zurich', 'Switzerland', 'Zurich')`;
    // As its axios instance: the token of local storage on every call, stale or not, public addresses included.
    let token: string | undefined = "left.over.token";
    const send = (method: string, path: string, body?: unknown) =>
      shop.call(method, `/api${path}`, { token, body });

    // /register, with what an earlier visit left behind.
    const person = {
      first_name: "Grace",
      last_name: "Hopper",
      email: "grace@example.com",
      password: "cobol-rules-59",
    };
    assert.equal((await send("POST", "/auth/users/", person)).status, 201);
    const { email, password } = person;
    const signedIn = (await send("POST", "/auth/token/", { email, password })).body;
    // The first call with a token that is dead: 401, one refresh, the same call again.
    assert.equal((await send("GET", "/auth/users/me/")).status, 401);
    const refreshed = await send("POST", "/auth/token/refresh/", { refresh: signedIn.refresh });
    token = refreshed.body.access;
    const me = (await send("GET", "/auth/users/me/")).body;
    assert.deepEqual([typeof me.id, me.email, typeof me.role], ["string", email, "number"]);

    // /dashboard leads to onboarding as long as there are no answers.
    assert.equal((await send("GET", "/auth/onboarding-answers/")).body.results.length, 0);
    const [university] = (await send("GET", "/core/universities/")).body.results;
    assert.deepEqual([university.name, university.global_rank], ["ETH Zurich", null]);
    const answers = {
      university: university.id,
      degree: "bachelors",
      graduation_year: new Date().getUTCFullYear() + 4,
      interests: "",
    };
    assert.equal((await send("POST", "/auth/onboarding-answers/", answers)).status, 201);
    assert.equal((await send("GET", "/auth/onboarding-answers/")).body.results.length, 1);

    // /courses, whose pictures the Next server fetches; then /courses/[slug].
    const [listed] = (await send("GET", "/courses/courses/")).body.results;
    const picture = await fetch(listed.thumbnail);
    assert.deepEqual([picture.status, picture.headers.get("content-type")], [200, "image/png"]);
    await picture.body?.cancel();
    const shown = async () => (await send("GET", `/courses/courses/${listed.slug}/`)).body;
    assert.equal((await shown()).is_enrolled, false);

    // "Enroll Now", the payment page, /dashboard/payment-success, and the course again: read once, before any event came.
    const checkout = await send("POST", "/payments/payments/", { course_id: listed.id });
    assert.equal(typeof checkout.body.checkout_session_id, "string");
    const paid = await pay(checkout.body.checkout_url);
    assert.ok(paid.location!.startsWith("http://localhost:3000/dashboard/payment-success?course-slug="));
    assert.equal(new URL(paid.location!).searchParams.get("course-slug"), course.slug);
    const bought = await shown();
    assert.equal(bought.is_enrolled, true);

    // /dashboard/courses and "My Courses".
    const [card] = (await send("GET", "/courses/courses/")).body.results;
    assert.deepEqual([card.is_enrolled, card.parts.length, card.tutors[0].first_name[0]], [true, 1, "A"]);
    const [enrolled] = (await send("GET", "/courses/enrollments/")).body.results;
    assert.deepEqual([enrolled.course.slug, typeof enrolled.enrolled_at], [course.slug, "string"]);

    // /courses/[slug]/[lesson]: the lesson, then its course; on to the next by the slug of its title.
    const [first, second] = bought.parts[0].lessons;
    for (const address of [first.slug, second.title.toLowerCase()]) {
      const lesson = (await send("GET", `/courses/lessons/${address}/`)).body;
      assert.equal((await shown()).is_enrolled, true);
      assert.match(
        `${lesson.otp}${lesson.playbackInfo}`,
        /^[\w.~-]+$/,
        "goes into the player's address as it is",
      );
    }

    // /profile: all five fields, blank ones too, and the page that is read again.
    const { first_name, last_name } = me;
    const profile = { first_name, last_name, email, phone: "+41 44", username: "" };
    assert.equal((await send("PATCH", "/auth/users/me/", profile)).status, 200);
    const { phone, username } = (await send("GET", "/auth/users/me/")).body;
    assert.deepEqual([phone, username], ["+41 44", ""]);

    // Signed out, both tokens dead: the public pages come back without them.
    token = undefined;
    assert.equal((await send("GET", "/courses/courses/")).body.results[0].is_enrolled, false);
    assert.equal((await send("GET", `/courses/lessons/${course.lesson}/`)).status, 404);
    assert.ok((await send("GET", `/courses/lessons/${course.preview}/`)).body.otp);
    const directory = (await send("GET", "/auth/tutors/")).body;
    assert.deepEqual([directory.count, directory.results[0].email], [1, ""]);
  },
);
