import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { jsquashPictures } from "../../../adapters/jsquash/pictures.ts";
import { inspectPicture } from "../../../adapters/jsquash/inspect.ts";
import { DomainError } from "../../../domain/errors.ts";
import { type PictureKind, suitableVersion, webpVersions } from "../../../domain/media/picture_files.ts";
import type { Sender } from "../../../domain/media/ports.ts";
import { storePicture } from "../../../domain/media/store_picture.ts";
import { bombPng, joined, picture, withExif } from "../../support/sample_pictures.ts";

/** Runs with real codecs and a bucket in memory. */
function pictureTest(
  name: string,
  run: (
    store: (bytes: Uint8Array, kind?: PictureKind, sender?: Sender) => Promise<string>,
    stored: Map<string, { bytes: Uint8Array; contentType: string }>,
  ) => Promise<void>,
) {
  Deno.test(name, async () => {
    const pictures = jsquashPictures();
    const stored = new Map<string, { bytes: Uint8Array; contentType: string }>();
    const files = {
      put(key: string, bytes: Uint8Array, contentType: string) {
        stored.set(key, { bytes, contentType });
        return Promise.resolve();
      },
    };
    try {
      const deps = { pictures, files, newName: () => `name-${stored.size}` };
      await run(
        async (bytes, kind = "course_thumbnail", sender = { id: "ada" }) =>
          (await storePicture(deps, { kind, bytes, sender })).key,
        stored,
      );
    } finally {
      pictures.close();
    }
  });
}

const sizeOf = (bytes: Uint8Array) => {
  const inspection = inspectPicture(bytes);
  assert.ok("width" in inspection);
  return [inspection.type, inspection.width, inspection.height];
};

pictureTest(
  "a large thumbnail becomes a JPEG of at most 1280 pixels and WebPs in three widths",
  async (store, stored) => {
    const key = await store(await picture("jpeg", { width: 2600, height: 1300 }));
    assert.equal(key, "media/images/course_thumbnails/name-0-w1280.jpg");
    assert.deepEqual(
      [...stored].map(([key, { bytes, contentType }]) => [key.split("-w")[1], contentType, ...sizeOf(bytes)]),
      [
        ["1280.jpg", "image/jpeg", "jpeg", 1280, 640],
        ["1280.webp", "image/webp", "webp", 1280, 640],
        ["320.webp", "image/webp", "webp", 320, 160],
        ["640.webp", "image/webp", "webp", 640, 320],
      ],
    );
    assert.deepEqual(
      webpVersions(key).map((version) => version.key).sort(),
      [...stored.keys()].filter((key) => key.endsWith(".webp")).sort(),
    );
  },
);

pictureTest(
  "a small picture is never enlarged; a transparent one stays transparent as PNG",
  async (store, stored) => {
    const key = await store(await picture("webp", { width: 100, height: 300, alpha: 0 }), "logo");
    assert.equal(key, "media/logos/name-0-w100.png");
    assert.deepEqual(
      [...stored.values()].map(({ bytes }) => sizeOf(bytes)),
      [["png", 100, 300], ["webp", 100, 300], ["webp", 96, 288]],
    );
  },
);

pictureTest("a photo is turned upright, and nothing else of the file is left", async (store, stored) => {
  const jpeg = await picture("jpeg", { width: 600, height: 400 });
  const zip = joined("PK\x03\x04 evil.exe <script>alert(1)</script>");
  const key = await store(joined(withExif(jpeg, "52.5200 N 13.4050 E"), zip), "avatar");
  assert.equal(key, "media/images/avatars/name-0-w341.jpg");
  assert.deepEqual(sizeOf(stored.get(key)!.bytes), ["jpeg", 341, 512]);
  for (const { bytes } of stored.values()) {
    assert.doesNotMatch(new TextDecoder("latin1").decode(bytes), /Exif|52\.5200|evil|script/);
  }
});

pictureTest("what is no picture, or pretends, is refused with what to do about it", async (store, stored) => {
  const [jpeg, png, webp] = await Promise.all([
    picture("jpeg", { width: 64, height: 64 }),
    picture("png", { width: 64, height: 64 }),
    picture("webp", { width: 64, height: 64 }),
  ]);
  const cmyk = new Uint8Array(jpeg);
  cmyk[jpegFrame(cmyk) + 9] = 4;
  const twoFrames = joined(
    jpeg.subarray(0, jpegFrame(jpeg)),
    jpeg.subarray(jpegFrame(jpeg), jpegFrame(jpeg) + 19),
    jpeg.subarray(jpegFrame(jpeg)),
  );
  const damaged = new Uint8Array(png).fill(0xaa, 60, 90);
  const animated = joined(
    "RIFF",
    new Uint8Array([22, 0, 0, 0]),
    "WEBPVP8X",
    new Uint8Array([10, 0, 0, 0, 2, 0, 0, 0, 63, 0, 0, 63, 0, 0]),
  );
  const corpus: [string, Uint8Array, RegExp][] = [
    ["nothing", new Uint8Array(), /empty/],
    [
      "an SVG with a script",
      joined("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
      /not a JPEG/,
    ],
    ["a GIF", joined("GIF89a", new Uint8Array(40)), /not a JPEG/],
    ["a page that says it is a picture", joined("<!doctype html><script>alert(1)</script>"), /not a JPEG/],
    ["a GIF that is also JavaScript", joined("GIF89a=1;/*", new Uint8Array(20), "*/alert(1)"), /not a JPEG/],
    ["a RIFF that is a sound", joined("RIFF", new Uint8Array([4, 0, 0, 0]), "WAVEfmt "), /not a JPEG/],
    ["a JPEG that ends early", jpeg.subarray(0, jpeg.length - 40), /incomplete/],
    ["a JPEG's first bytes", jpeg.subarray(0, 12), /incomplete/],
    ["a PNG that ends early", png.subarray(0, png.length - 20), /incomplete/],
    ["a WebP that ends early", webp.subarray(0, webp.length - 20), /incomplete/],
    ["a PNG with a ZIP behind it", joined(png, "PK\x03\x04payload"), /something else/],
    ["a WebP with a page behind it", joined(webp, "<script>alert(1)</script>"), /something else/],
    [
      "a small PNG of 60,000 by 60,000 pixels",
      bombPng(60_000, 60_000, deflateSync(new Uint8Array(1e6))),
      /25 million/,
    ],
    ["a PNG without pixels", bombPng(0, 10, new Uint8Array()), /cannot be read/],
    [
      "a PNG with less data than it claims",
      bombPng(4000, 4000, deflateSync(new Uint8Array(10))),
      /cannot be read/,
    ],
    ["a damaged PNG", damaged, /cannot be read/],
    ["a JPEG with two sizes", twoFrames, /cannot be read/],
    [
      "a JPEG with junk for segments",
      joined(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2]), "junk"),
      /cannot be read/,
    ],
    ["a JPEG for the press", cmyk, /RGB/],
    ["an animated WebP", animated, /animated/],
    ["more than 5 MiB", joined(jpeg, new Uint8Array(5 * 1024 * 1024)), /at most 5 MiB/],
  ];
  for (const [what, bytes, message] of corpus) {
    await assert.rejects(store(bytes), (error: unknown) => {
      assert.ok(error instanceof DomainError && error.code === "invalid_input", `${what}: ${error}`);
      assert.match(error.details.fields!.thumbnail![0]!, message, what);
      return true;
    });
  }
  assert.equal(stored.size, 0);
});

/** Where the segment begins that tells a JPEG's size. */
function jpegFrame(jpeg: Uint8Array): number {
  return jpeg.findIndex((byte, at) => byte === 0xff && [0xc0, 0xc2].includes(jpeg[at + 1]!));
}

pictureTest(
  "pictures take turns, three of a sender wait, and nobody else is sent away for it",
  async (store) => {
    const jpeg = await picture("jpeg", { width: 30, height: 20 });
    const many = Array.from({ length: 5 }, () => store(jpeg, "avatar"));
    const others = store(jpeg, "avatar", { id: "eve" });
    const refused = (await Promise.allSettled(many)).filter((outcome) => outcome.status === "rejected");
    assert.deepEqual(refused.map(({ reason }) => reason.code), Array(2).fill("too_many_requests"));
    assert.match(await others, /avatars/);
  },
);

Deno.test("the event loop goes on while a picture is encoded", async () => {
  const pictures = jsquashPictures();
  const bytes = await picture("jpeg", { width: 2000, height: 1500 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await pictures.encodeAnew(bytes, { maxSide: 1280, smallerWidths: [320, 640] }, { id: "ada" });
  clearInterval(timer);
  pictures.close();
  assert.ok(ticks > 5, `${ticks} ticks`);
});

Deno.test("suitableVersion takes the narrowest WebP that is wide enough, for readers who take WebP", () => {
  const key = "media/images/course_thumbnails/name-w1280.jpg";
  const versionFor = (takesWebp: boolean, width: number | null, of = key) =>
    suitableVersion(of, { takesWebp, width }).split("/").at(-1);
  assert.equal(versionFor(false, 320), "name-w1280.jpg");
  assert.equal(versionFor(true, null), "name-w1280.webp");
  assert.equal(versionFor(true, 100), "name-w320.webp");
  assert.equal(versionFor(true, 321), "name-w640.webp");
  assert.equal(versionFor(true, 9999), "name-w1280.webp");
  assert.equal(versionFor(true, 320, "media/images/course_thumbnails/sample.png"), "sample.png");
  assert.equal(versionFor(true, 320, "media/elsewhere/name-w1280.jpg"), "name-w1280.jpg");
});
