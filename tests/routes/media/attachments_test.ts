import assert from "node:assert/strict";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { r2Files } from "../../../adapters/r2/files.ts";
import { addStudent } from "../../support/people.ts";
import { coursePicture, courseTutor, signUpAs } from "../../support/tutors.ts";
import { pdf, zipOf } from "../../support/sample_documents.ts";
import { joined } from "../../support/sample_pictures.ts";
import { addCourse, shopTest, signUp, type TestShop } from "../../support/shop.ts";

const attachments = (lesson: string) => `/api/courses/lessons/${lesson}/attachments/`;

async function attach(
  shop: TestShop,
  lesson: string,
  token: string,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
) {
  const form = new FormData();
  form.append("file", new File([bytes], name, { type: "image/png" }));
  const response = await shop.fetch(`${shop.api}${attachments(lesson)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return { status: response.status, body: await response.json() };
}

shopTest(
  "a tutor attaches a file; those who may watch get a short link under its name, which is logged",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const ada = await addStudent(shop, course.id);
    const eve = await signUp(shop, "eve@example.com");
    const name = `Übung "1" \u202efdp.pdf`;
    const added = await attach(shop, course.lesson, tutor.token, `C:\\fakepath\\${name}`, pdf());
    assert.deepEqual([added.status, added.body.content_type, added.body.size], [
      201,
      "application/pdf",
      pdf().length,
    ]);
    assert.equal(added.body.name, `Übung "1" fdp.pdf`);

    const listed = await shop.call("GET", attachments(course.lesson), { token: ada.token });
    assert.deepEqual(listed.body.results, [added.body]);
    assert.equal((await shop.call("GET", attachments(course.lesson), { token: eve.token })).status, 404);
    const link = (token?: string) =>
      shop.call("GET", `/api/courses/attachments/${added.body.id}/link/`, { token });
    assert.equal((await link(eve.token)).status, 404);
    assert.equal((await link()).status, 404);
    const { body } = await link(ada.token);
    assert.equal(body.expires_in, 60);
    const file = await fetch(body.url);
    assert.deepEqual(new Uint8Array(await file.arrayBuffer()), pdf());
    assert.equal(
      file.headers.get("content-disposition"),
      `attachment; filename="?bung \\"1\\" fdp.pdf"; filename*=UTF-8''%C3%9Cbung%20%221%22%20fdp.pdf`,
    );
    const administrator = await signUpAs(shop, "admin");
    const links = async (query = "") =>
      (await shop.call("GET", `/api/courses/attachment-links/${query}`, { token: administrator.token })).body;
    const { count, results: [logged] } = await links();
    assert.deepEqual(
      [count, logged.viewer, logged.name, logged.attachment_id, logged.address],
      [1, { id: ada.id, email: "ada@example.com" }, added.body.name, added.body.id, "127.0.0.1"],
    );
    assert.equal((await links(`?viewer=${eve.id}`)).count, 0);
    assert.equal((await links(`?viewer=${ada.id}&lesson=${logged.lesson_id}`)).count, 1);

    // Free previews are for everybody, their attachments too.
    const open = await attach(
      shop,
      course.preview,
      tutor.token,
      "a.zip",
      zipOf([{ name: "a", content: "x" }]),
    );
    assert.equal((await shop.call("GET", `/api/courses/attachments/${open.body.id}/link/`)).status, 200);
  },
);

shopTest("a file that is not a document is refused by name, and not stored", async (shop) => {
  const course = await addCourse(shop.sql);
  const tutor = await courseTutor(shop, course.id);
  const refused = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    const { status, body } = await attach(shop, course.lesson, tutor.token, name, bytes);
    assert.equal(status, 400);
    return body.errors.file[0];
  };
  assert.match(await refused("a.pdf", joined("<script>alert(1)</script>")), /neither PDF/);
  assert.match(await refused("a.zip", zipOf([{ name: "../../evil" }])), /lead out of its folder/);
  assert.match(await refused("a.pdf", new Uint8Array()), /empty/);
  assert.match(await refused(`${"a".repeat(200)}.pdf`, pdf()), /1 to 200 characters/);
  assert.match(await refused("a.pdf", new Uint8Array(20 * 1024 * 1024 + 1)), /20 MiB/);
  assert.equal(
    (await attach(shop, course.lesson, tutor.token, "a.pdf", new Uint8Array(22 * 1024 * 1024))).status,
    413,
  );
  const missing = await shop.fetch(`${shop.api}${attachments(course.lesson)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${tutor.token}` },
    body: new FormData(),
  });
  assert.deepEqual([missing.status, Object.keys((await missing.json()).errors)], [400, ["file"]]);
  const [{ count }] = await shop.sql<
    [{ count: number }]
  >`select count(*)::int as count from lesson_attachments`;
  assert.equal(count, 0);
});

shopTest(
  "a large file is uploaded directly to the bucket and checked before it is attached",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const other = await courseTutor(shop, course.id, "other@example.com");
    const expect = async (size: number, name = "slides.pdf", type = "application/octet-stream") =>
      await shop.call("POST", `${attachments(course.lesson)}uploads/`, {
        token: tutor.token,
        body: { name, content_type: type, size },
      });
    const put = async (url: string, headers: Record<string, string>, bytes: Uint8Array<ArrayBuffer>) => {
      const response = await fetch(url, { method: "PUT", headers, body: bytes });
      await response.body?.cancel();
      return response.status;
    };
    const confirm = (id: string, token = tutor.token) =>
      shop.call("POST", `/api/courses/attachments/uploads/${id}/confirm/`, { token });
    assert.match((await expect(501 * 1024 * 1024)).body.errors.size[0], /500 MiB/);
    assert.match((await expect(1, "page.html")).body.errors.name[0], /neither PDF/);
    assert.match((await expect(1, "a.pdf", "text/html")).body.errors.content_type[0], /neither PDF/);

    const bytes = pdf();
    const { status, body: upload } = await expect(bytes.length);
    assert.deepEqual([status, upload.method], [201, "PUT"]);
    assert.match((await confirm(upload.id)).body.errors.upload[0], /Nothing has been uploaded/);
    assert.equal(await put(upload.url, { "content-type": "text/html" }, bytes), 403);
    assert.equal(await put(upload.url, upload.headers, joined(bytes, "more")), 403);
    assert.equal(await put(upload.url, upload.headers, new Uint8Array(bytes.length)), 200);
    assert.match((await confirm(upload.id)).body.errors.upload[0], /neither PDF/);
    const asked = shop.sandbox.faults.asked.files!;
    assert.match((await confirm(upload.id)).body.errors.upload[0], /neither PDF/);
    assert.equal(shop.sandbox.faults.asked.files, asked + 1, "what was refused is not read again");
    assert.equal(await put(upload.url, upload.headers, bytes), 200);
    assert.equal((await confirm(upload.id, other.token)).status, 404);
    const [first, second] = await Promise.all([confirm(upload.id), confirm(upload.id)]);
    assert.deepEqual([first.status, second.status].sort(), [201, 404]);
    const attachment = first.status === 201 ? first.body : second.body;

    // What the uploader can still write is not what students get.
    assert.equal(await put(upload.url, upload.headers, new Uint8Array(bytes.length)), 200);
    const link = await shop.call("GET", `/api/courses/attachments/${attachment.id}/link/`, {
      token: tutor.token,
    });
    const file = await fetch(link.body.url);
    assert.deepEqual(new Uint8Array(await file.arrayBuffer()), bytes);
    assert.equal(file.headers.get("content-type"), "application/pdf", "what it was found to be");

    const lapsed = await expect(bytes.length);
    await shop.sql`update file_uploads set expires_at = now()`;
    assert.equal((await confirm(lapsed.body.id)).status, 404);
  },
);

shopTest("a removed attachment is removed from the bucket soon after, by a job", async (shop) => {
  const course = await addCourse(shop.sql);
  const tutor = await courseTutor(shop, course.id);
  const stranger = await signUpAs(shop, "tutor", "stranger@example.com");
  const administrator = await signUpAs(shop, "admin");
  const { body } = await attach(shop, course.lesson, tutor.token, "a.pdf", pdf());
  const remove = (token: string) => shop.call("DELETE", `/api/courses/attachments/${body.id}/`, { token });
  const { body: { url } } = await shop.call("GET", `/api/courses/attachments/${body.id}/link/`, {
    token: tutor.token,
  });
  assert.equal((await remove(stranger.token)).status, 404);
  assert.equal((await remove(administrator.token)).status, 204);
  assert.equal((await remove(tutor.token)).status, 404);
  const [entry] = await shop.sql`select action from audit_log`;
  assert.equal(entry!.action, "attachment.remove");
  await shop.drainJobs();
  const gone = await fetch(url);
  await gone.body?.cancel();
  assert.equal(gone.status, 404);
});

shopTest(
  "while the bucket is down uploads are a 503 and nothing is half stored; a list of a hundred courses does not use it",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    await shop.sql`
    insert into courses (slug, title, price_amount, is_published, thumbnail_key)
    select 'c' || n, 'Course ' || n, 100, true, 'media/images/course_thumbnails/c' || n || '-w640.jpg'
    from generate_series(1, 99) n`;
    for (const fault of ["down", "nonsense", "refused"] as const) {
      shop.sandbox.faults.set("files", fault);
      const { status, body } = await attach(shop, course.lesson, tutor.token, "a.pdf", pdf());
      assert.deepEqual([status, body.code], [503, "vendor_unavailable"], fault);
    }
    const asked = shop.sandbox.faults.asked.files;
    const { body } = await shop.call("GET", "/api/courses/courses/");
    assert.equal(body.results.length, 100);
    assert.doesNotMatch(JSON.stringify(body), /X-Amz-Signature/);
    assert.equal(shop.sandbox.faults.asked.files, asked);

    // Pictures that come along with other changes: all is kept, or nothing.
    const form = async (fields: Record<string, string>, picture: string) => {
      const data = new FormData();
      for (const [name, value] of Object.entries(fields)) data.append(name, value);
      data.append(picture, new Blob([await coursePicture()]));
      return data;
    };
    const sendAll = () =>
      Promise.all(([
        ["POST", "/api/courses/courses/", { title: "New" }, "thumbnail"],
        ["PATCH", `/api/courses/courses/${course.slug}/`, { title: "Changed" }, "thumbnail"],
        ["PATCH", "/api/auth/users/me/", { phone: "+44 1" }, "avatar"],
      ] as const).map(async ([method, path, fields, picture]) => {
        const headers = { authorization: `Bearer ${tutor.token}` };
        const body = await form(fields, picture);
        const response = await shop.fetch(`${shop.api}${path}`, { method, headers, body });
        return { status: response.status, body: await response.json(), headers: response.headers };
      }));
    const kept = async () =>
      (await shop.sql`
        select array(select title from courses where title in ('New', 'Changed') order by 1) as titles,
          (select count(thumbnail_key)::integer from courses) as thumbnails,
          (select phone from users where id = ${tutor.id}) as phone,
          (select avatar_key is not null from users where id = ${tutor.id}) as avatar`)[0];
    for (const answer of await sendAll()) {
      assert.deepEqual([answer.status, answer.body.code], [503, "vendor_unavailable"]);
      assert.match(answer.body.detail, /file store/);
      assert.equal(answer.headers.get("retry-after"), "5");
    }
    assert.deepEqual(await kept(), { titles: [], thumbnails: 99, phone: "", avatar: false });
    shop.sandbox.faults.set("files", null);
    assert.deepEqual((await sendAll()).map(({ status }) => status), [201, 200, 200]);
    assert.deepEqual(await kept(), {
      titles: ["Changed", "New"],
      thumbnails: 101,
      phone: "+44 1",
      avatar: true,
    });
  },
);

shopTest(
  "orphaned files are swept after a day, and none that is referenced in any case of letters or size",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const { body } = await attach(shop, course.lesson, tutor.token, "a.pdf", pdf());
    const env = shop.sandbox.environment;
    const s3 = new S3Client({
      region: "auto",
      endpoint: env.R2_ENDPOINT_URL!,
      forcePathStyle: true,
      credentials: { accessKeyId: env.R2_ACCESS_KEY_ID!, secretAccessKey: env.R2_SECRET_ACCESS_KEY! },
    });
    const folder = "media/images/course_thumbnails/";
    const [kept, orphan] = [crypto.randomUUID(), crypto.randomUUID()];
    const keys = [
      `${folder}${kept}-w1280.jpg`,
      `${folder}${kept}-w1280.webp`,
      `${folder}${kept}-w320.webp`,
      `media/images/avatars/${kept}-w512.png`,
      `${folder}Scan-w640.PNG`,
      `${folder}Slide.JPG`,
      `${folder}slide.jpg`,
      `${folder}Плакат-w2.jpeg`,
      `${folder}waiting.png`,
      `${folder}former.png`,
      "media/images/avatars/former-w2.png",
      `${folder}${orphan}-w1280.jpg`,
      `media/images/avatars/${orphan}-w512.png`,
      "attachments/orphan",
      "uploads/lapsed",
      "elsewhere/not-ours",
    ];
    for (const Key of keys) {
      await s3.send(new PutObjectCommand({ Bucket: env.R2_BUCKET_NAME!, Key, Body: "x" }));
    }
    s3.destroy();
    await shop.sql`update courses set thumbnail_key = ${keys[0]!} where id = ${course.id}`;
    await shop.sql`
    insert into courses (slug, title, price_amount, thumbnail_key)
    select 'c' || n, 'Course', 0, key from unnest(${keys.slice(4, 8)}::text[]) with ordinality as used(key, n)
    where key not like '%slide.jpg'`;
    await shop.sql`update users set avatar_key = ${keys[3]!} where id = ${tutor.id}`;
    const stored = async () =>
      (await Promise.all(keys.map(async (key) => await exists(shop, key) ? [key] : []))).flat();
    await shop.drainJobs();
    await shop.sql`
      insert into legacy_pictures (subject, subject_id, key) values ('course', 'x', ${`${folder}waiting.png`})`;
    assert.deepEqual(await stored(), keys); // too young
    shop.sandbox.ageFiles(25);
    const sweep = async () => {
      await shop.sql`delete from pgboss.job`; // so that the daily sweep is due again
      await shop.drainJobs();
    };
    await sweep();
    const elsewhere = "elsewhere/not-ours";
    assert.deepEqual(
      await stored(),
      [...keys.slice(0, 11), elsewhere],
      "what the former shop may have written stays",
    );
    await shop.sql`
      insert into legacy_import (imported_at, rows_digest, completed_at) values (now(), '', now())`;
    await sweep();
    assert.deepEqual(await stored(), [...keys.slice(0, 9), elsewhere], "until the import is complete");
    const link = await shop.call("GET", `/api/courses/attachments/${body.id}/link/`, { token: tutor.token });
    const downloaded = await fetch(link.body.url);
    assert.deepEqual(new Uint8Array(await downloaded.arrayBuffer()), pdf());
  },
);

/** Whether the bucket has a file. */
async function exists({ sandbox: { environment: env } }: TestShop, key: string): Promise<boolean> {
  const files = r2Files({
    accessKeyId: env.R2_ACCESS_KEY_ID!,
    secretAccessKey: env.R2_SECRET_ACCESS_KEY!,
    bucket: env.R2_BUCKET_NAME!,
    endpointUrl: env.R2_ENDPOINT_URL!,
  });
  return await files.describe(key) !== null;
}
