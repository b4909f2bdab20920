import assert from "node:assert/strict";
import { jsquashPictures } from "../../../../adapters/jsquash/pictures.ts";
import { postgresFormerPictures } from "../../../../adapters/postgres/legacy/former_pictures.ts";
import { r2Files } from "../../../../adapters/r2/files.ts";
import { type Sandbox, startSandbox } from "../../../../adapters/sandbox/sandbox.tsx";
import { movePictures } from "../../../../domain/legacy/move_pictures.ts";
import { ImportRefusal } from "../../../../domain/legacy/ports.ts";
import { webpVersions } from "../../../../domain/media/picture_files.ts";
import { freePort } from "../../../support/postgres_cluster.ts";
import { picture } from "../../../support/sample_pictures.ts";
import { databaseTest } from "../../../support/test_database.ts";

const stored = { contentType: "image/png", readers: "everybody" } as const;
const FOLDER = "media/images/course_thumbnails/";

const startBucket = () =>
  startSandbox({
    state: ":memory:",
    httpPort: freePort(),
    smtpPort: 0,
    apiUrl: "http://127.0.0.1:9",
    appEnv: "test",
  });

const filesOf = ({ environment: env }: Sandbox, bucket = env.R2_BUCKET_NAME!) =>
  r2Files({
    accessKeyId: env.R2_ACCESS_KEY_ID!,
    secretAccessKey: env.R2_SECRET_ACCESS_KEY!,
    bucket,
    endpointUrl: env.R2_ENDPOINT_URL!,
  });

databaseTest(
  "the former shop's pictures move from its bucket, each once, and what is missing or broken is reported",
  async ({ sql }) => {
    const former = await startBucket();
    const own = await startBucket();
    const pictures = jsquashPictures();
    try {
      const [there, here] = [filesOf(former), filesOf(own)];
      const formerPictures = postgresFormerPictures(sql);
      const deps = {
        formerPictures,
        formerFiles: there,
        files: here,
        pictures,
        randomName: () => crypto.randomUUID(),
      };
      const move = (changes: Partial<typeof deps> = {}, dryRun = false) =>
        movePictures({ ...deps, ...changes }, { dryRun, progress() {} });

      // One that two courses share, one in any letters, one missing, one broken, one replaced since; and a logo.
      const keys = {
        a: `${FOLDER}shared.JPG`,
        b: `${FOLDER}shared.JPG`,
        c: `${FOLDER}Плакат (1)-w2.png`,
        missing: `${FOLDER}gone.png`,
        broken: `${FOLDER}broken.png`,
        replaced: `${FOLDER}replaced.png`,
      };
      const jpeg = await picture("jpeg", { width: 400, height: 200 });
      for (const key of [keys.a, keys.c, keys.replaced, "media/logo.png"]) {
        await there.put(key, jpeg, stored);
      }
      await there.put(keys.broken, new TextEncoder().encode("<html>"), stored);
      const rows = sql`unnest(${Object.keys(keys)}::text[], ${Object.values(keys)}::text[]) as t(slug, key)`;
      await sql`
        insert into courses (slug, title, price_amount, thumbnail_key)
        select slug, slug, 0,
          case when slug in ('a', 'missing', 'broken') then key when slug = 'replaced' then 'media/new.png' end
        from ${rows}`;
      await sql`
        insert into legacy_pictures (subject, subject_id, key)
        select 'course', c.id, t.key from ${rows} join courses c using (slug)`;
      await sql`insert into universities (name, country, city) values ('ETH', 'Switzerland', 'Zurich')`;
      await sql`
        insert into legacy_pictures (subject, subject_id, key)
        select 'university', id, 'media/logo.png' from universities`;
      await sql`insert into legacy_import (imported_at, rows_digest) values (now(), '')`;
      const keyOf = async (slug: string) =>
        (await sql<{ key: string | null }[]>`select thumbnail_key as key from courses where slug = ${slug}`)[
          0
        ]!
          .key;
      const allKeys = () => sql`select slug, thumbnail_key from courses order by slug`;
      const untouched = await allKeys();

      assert.equal(await formerPictures.complete(), false, "nobody has tried to move them");
      await assert.rejects(move({ formerFiles: here }), ImportRefusal, "an empty bucket is a mistyped one");
      await assert.rejects(move({ formerFiles: filesOf(former, "mistyped") }), ImportRefusal);
      assert.deepEqual(await move({}, true), { moved: 4, missing: 1, failed: 1 });
      assert.deepEqual(await allKeys(), untouched, "nothing of that changes anything");

      // Killed when two had moved, and run again.
      let settled = 0;
      const dying = {
        ...formerPictures,
        settle: async (...args: Parameters<typeof formerPictures.settle>) => {
          if (++settled === 5) throw new Error("killed");
          await formerPictures.settle(...args);
        },
      };
      await assert.rejects(move({ formerPictures: dying }), /killed/);
      const { moved } = await move();
      assert.equal(moved, 2, "what had moved is not moved again");

      const key = (await keyOf("a"))!;
      assert.match(key, /course_thumbnails\/[0-9a-f-]{36}-w400\.jpg$/);
      for (const file of [key, ...webpVersions(key).map((version) => version.key)]) {
        assert.ok(await here.describe(file), file);
      }
      assert.equal(await keyOf("b"), key, "they share it still");
      assert.match((await keyOf("c"))!, /-w400\.jpg$/);
      assert.deepEqual([await keyOf("missing"), await keyOf("broken")], [null, null]);
      assert.equal(await keyOf("replaced"), "media/new.png", "a picture of later stays");
      const [university] = await sql<{ logo: string }[]>`select logo_key as logo from universities`;
      assert.match(university!.logo, /^media\/logos\/[0-9a-f-]{36}-w400\.jpg$/);
      const problems = await formerPictures.problems();
      assert.deepEqual(problems.map(({ key, problem }) => [key, problem.slice(0, 21)]).sort(), [
        [keys.broken, "This is no picture of"],
        [keys.missing, "There is no such file"],
      ]);
      assert.equal(await formerPictures.complete(), true);

      await there.put(keys.missing, jpeg, stored);
      own.faults.set("files", "down");
      assert.deepEqual(await move(), { moved: 0, missing: 0, failed: 2 }, "while this shop's bucket is away");
      own.faults.set("files", null);
      assert.deepEqual(
        await move(),
        { moved: 1, missing: 0, failed: 1 },
        "a file that turned up is moved later",
      );
      assert.match((await keyOf("missing"))!, /-w400\.jpg$/);
    } finally {
      pictures.close();
      await Promise.all([former.stop(), own.stop()]);
    }
  },
);
