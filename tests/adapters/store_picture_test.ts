import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { jsquashPictures } from "../../adapters/jsquash/pictures.ts";
import { readBoxes } from "../../adapters/jsquash/boxes.ts";
import { inspectPicture } from "../../adapters/jsquash/inspect.ts";
import { upright } from "../../adapters/jsquash/upright.ts";
import { DomainError } from "../../domain/errors.ts";
import { type PictureKind, suitableVersion, webpVersions } from "../../domain/media/picture_files.ts";
import type { Sender } from "../../domain/media/ports.ts";
import { storePicture } from "../../domain/media/store_picture.ts";
import {
  bombPng,
  FOREIGN,
  iccProfile,
  joined,
  picture,
  plainPng,
  withChunks,
  withExif,
} from "../support/sample_pictures.ts";

/** A UUID without its last digit, which says how many files were stored before. */
const NAME = "0b2f8f3c-9c4e-4d0a-8f6e-1a2b3c4d5e6";

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
      put(key: string, bytes: Uint8Array, { contentType }: { contentType: string }) {
        stored.set(key, { bytes, contentType });
        return Promise.resolve();
      },
    };
    try {
      const deps = { pictures, files, randomName: () => `${NAME}${stored.size.toString(16)}` };
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
    assert.equal(key, `media/images/course_thumbnails/${NAME}0-w1280.jpg`);
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
    assert.equal(key, `media/logos/${NAME}0-w100.png`);
    assert.deepEqual(
      [...stored.values()].map(({ bytes }) => sizeOf(bytes)),
      [["png", 100, 300], ["webp", 100, 300], ["webp", 96, 288]],
    );
  },
);

pictureTest("a photo is turned upright, and its other data is dropped", async (store, stored) => {
  const jpeg = await picture("jpeg", { width: 600, height: 400 });
  const zip = joined("PK\x03\x04 evil.exe <script>alert(1)</script>");
  const key = await store(joined(withExif(jpeg, "52.5200 N 13.4050 E"), zip), "avatar");
  assert.equal(key, `media/images/avatars/${NAME}0-w341.jpg`);
  assert.deepEqual(sizeOf(stored.get(key)!.bytes), ["jpeg", 341, 512]);
  for (const { bytes } of stored.values()) {
    assert.doesNotMatch(new TextDecoder("latin1").decode(bytes), /Exif|52\.5200|evil|script/);
  }
});

pictureTest(
  "a file that is not a picture, or only pretends to be one, is refused with advice",
  async (store, stored) => {
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
        /SVG.*PNG/,
      ],
      ["a GIF with nothing in it", joined("GIF89a", new Uint8Array(40)), /cannot be read/],
      ["a GIF that ends early", FOREIGN.gif.subarray(0, -60), /incomplete/],
      ["a GIF whose frame is larger than it", gifOfFrame(60_000, 60_000), /cannot be read/],
      ["a GIF of 60,000 by 60,000 pixels", gifOfSize(60_000), /25 million/],
      ["an AVIF that ends early", FOREIGN.avif.subarray(0, -20), /incomplete/],
      ["an AVIF that claims 60,000 by 60,000 pixels", withBoxSize(FOREIGN.avif, 60_000), /25 million/],
      ["an AVIF of another size than it claims", withBoxSize(FOREIGN.avif, 10), /cannot be read/],
      ["a HEIC that ends early", FOREIGN.heic.subarray(0, -20), /incomplete/],
      ["a HEIC that claims 60,000 by 60,000 pixels", withBoxSize(FOREIGN.heic, 60_000), /25 million/],
      ["a BMP", joined("BM", new Uint8Array(60)), /BMP.*PNG or JPEG/],
      ["a TIFF", new Uint8Array([0x49, 0x49, 42, 0, 8, 0, 0, 0]), /TIFF.*JPEG or PNG/],
      ["half of a JPEG", jpeg.subarray(0, jpeg.length / 2), /incomplete/],
      [
        "a page that says it is a picture",
        joined("<!doctype html><script>alert(1)</script>"),
        /no picture of a kind/,
      ],
      [
        "a GIF that is also JavaScript",
        joined("GIF89a=1;/*", new Uint8Array(20), "*/alert(1)"),
        /cannot be read/,
      ],
      [
        "a RIFF that is a sound",
        joined("RIFF", new Uint8Array([4, 0, 0, 0]), "WAVEfmt "),
        /no picture of a kind/,
      ],
      ["a JPEG that ends early", jpeg.subarray(0, jpeg.length - 40), /incomplete/],
      ["a JPEG's first bytes", jpeg.subarray(0, 12), /incomplete/],
      ["a PNG that ends early", png.subarray(0, png.length - 20), /incomplete/],
      ["a WebP that ends early", webp.subarray(0, webp.length - 20), /incomplete/],
      ["a PNG with a ZIP behind it", joined(png, "PK\x03\x04payload"), /something besides/],
      ["a WebP with a page behind it", joined(webp, "<script>alert(1)</script>"), /something besides/],
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
  },
);

/** Where the segment begins that tells a JPEG's size. */
function jpegFrame(jpeg: Uint8Array): number {
  return jpeg.findIndex((byte, at) => byte === 0xff && [0xc0, 0xc2].includes(jpeg[at + 1]!));
}

/** A GIF with the screen of the sample and a first frame of this size. */
function gifOfFrame(width: number, height: number): Uint8Array<ArrayBuffer> {
  const gif = new Uint8Array(FOREIGN.gif);
  const frame = new DataView(gif.buffer, gif.indexOf(0x2c, 13));
  frame.setUint16(5, width, true);
  frame.setUint16(7, height, true);
  return gif;
}

function gifOfSize(side: number): Uint8Array<ArrayBuffer> {
  const gif = new Uint8Array(FOREIGN.gif);
  const view = new DataView(gif.buffer);
  view.setUint16(6, side, true);
  view.setUint16(8, side, true);
  return gif;
}

/** An AVIF or HEIC that claims another size for its pictures. */
function withBoxSize(file: Uint8Array, side: number): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(file);
  const view = new DataView(changed.buffer);
  for (let at = 0; at < changed.length - 16; at++) {
    if (view.getUint32(at) !== 0x69737065) continue; // ispe
    view.setUint32(at + 8, side);
    view.setUint32(at + 12, side);
  }
  return changed;
}

/** Some pixels of what was stored as JPEG or PNG. */
async function pixels(bytes: Uint8Array, ...places: [x: number, y: number][]): Promise<number[][]> {
  const decoded = await decodeStored(bytes);
  return places.map((
    [x, y],
  ) => [...decoded.data.subarray(4 * (y * decoded.width + x), 4 * (y * decoded.width + x) + 3)]);
}

async function decodeStored(bytes: Uint8Array): Promise<ImageData> {
  await initJpegDecoder({
    async instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const file = new URL(import.meta.resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"));
      done((await WebAssembly.instantiate(await Deno.readFile(file), imports)).instance);
    },
  } as never);
  return await decodeJpeg(new Uint8Array(bytes).buffer);
}

const isNear = (seen: number[], wanted: number[], what: string) =>
  assert.ok(
    seen.every((value, at) => Math.abs(value - wanted[at]!) <= 10),
    `${what}: ${seen}, not ${wanted}`,
  );
const RED = [255, 0, 0], GREEN = [0, 255, 0], BLUE = [0, 0, 255];

pictureTest("GIF, AVIF and HEIC by phones and other programs are accepted", async (store, stored) => {
  for (const [type, bytes] of Object.entries(FOREIGN)) {
    const { bytes: made } = stored.get(await store(bytes))!;
    assert.deepEqual(sizeOf(made), ["jpeg", 96, 64], type);
    const [above, right, below] = await pixels(made, [10, 10], [80, 50], [10, 50]);
    isNear(above!, RED, type);
    isNear(right!, BLUE, type);
    isNear(below!, GREEN, type);
  }
});

pictureTest("colours are correct, whatever profile a picture has", async (store, stored) => {
  const size = { width: 32, height: 32 };
  const p3 = iccProfile([[0.51512, 0.2412, -0.00105], [0.29198, 0.69225, 0.04189], [
    0.1571,
    0.06657,
    0.78407,
  ]], 2.2);
  const adobe = iccProfile([[0.60974, 0.31111, 0.01947], [0.20528, 0.62567, 0.06087], [
    0.14919,
    0.06322,
    0.74457,
  ]], 2.2);
  const compressed = (profile: Uint8Array) => joined("a profile\0\0", new Uint8Array(deflateSync(profile)));
  const seen: [string, [number, number, number], Record<string, Uint8Array>, number[]][] = [
    ["Display P3", [234, 54, 40], { iCCP: compressed(p3) }, RED],
    ["Display P3 by number", [234, 51, 35], { cICP: new Uint8Array([12, 13, 0, 1]) }, RED],
    ["Adobe RGB", [219, 0, 0], { iCCP: compressed(adobe) }, RED],
    ["linear light", [55, 55, 55], { gAMA: new Uint8Array([0, 1, 134, 160]) }, [128, 128, 128]],
    ["sRGB, said beside a gamma", [55, 55, 55], {
      sRGB: new Uint8Array(1),
      gAMA: new Uint8Array([0, 1, 134, 160]),
    }, [55, 55, 55]],
    ["a damaged profile", [234, 54, 40], { iCCP: joined("x\0\0damaged") }, [234, 54, 40]],
    ["none", [234, 54, 40], {}, [234, 54, 40]],
  ];
  for (const [what, colour, chunks, shown] of seen) {
    const { bytes } = stored.get(await store(withChunks(await plainPng(colour, size), chunks)))!;
    isNear((await pixels(bytes, [16, 16]))[0]!, shown, what);
  }
});

pictureTest("a PNG is turned upright, like a JPEG", async (store, stored) => {
  // TIFF, big endian: one directory with Orientation = 6.
  const exif = new Uint8Array([
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    1,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    6,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
  const png = withChunks(await picture("png", { width: 60, height: 40 }), { eXIf: exif });
  assert.deepEqual(sizeOf(stored.get(await store(png))!.bytes), ["jpeg", 40, 60]);
});

pictureTest(
  "a JPEG without its end marker is accepted if its picture is complete",
  async (store) => {
    const jpeg = await picture("jpeg", { width: 300, height: 200 });
    for (const cut of [1, 2]) assert.match(await store(jpeg.subarray(0, -cut)), /w300\.jpg$/);
    await assert.rejects(store(jpeg.subarray(0, jpeg.length * 0.9)), /Check the fields/);
  },
);

Deno.test("upright turns a picture by every EXIF orientation", () => {
  // 1 2 3
  // 4 5 6
  const stored = new ImageData(3, 2);
  [1, 2, 3, 4, 5, 6].forEach((value, at) => stored.data[at * 4] = value);
  const rows = (orientation: number) => {
    const { data, width, height } = upright(stored, orientation);
    const values = [...data].filter((_, at) => at % 4 === 0);
    return Array.from({ length: height }, (_, row) => values.slice(row * width, (row + 1) * width).join(""))
      .join(" ");
  };
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8].map(rows), [
    "123 456",
    "321 654",
    "654 321",
    "456 123",
    "14 25 36",
    "41 52 63",
    "63 52 41",
    "36 25 14",
  ]);
});

Deno.test("an AVIF's orientation is read from its boxes", () => {
  const avif = new Uint8Array(FOREIGN.avif);
  const pixi = new TextDecoder("latin1").decode(avif).indexOf("pixi");
  avif.set(new TextEncoder().encode("irot"), pixi);
  avif[pixi + 4] = 3; // quarters anticlockwise
  assert.equal(readBoxes(new DataView(avif.buffer), "avif")!.orientation, 6);
});

pictureTest(
  "pictures take turns, at most three per sender wait, and other senders are not refused because of them",
  async (store) => {
    const jpeg = await picture("jpeg", { width: 30, height: 20 });
    const many = Array.from({ length: 5 }, () => store(jpeg, "avatar"));
    const others = store(jpeg, "avatar", { id: "eve" });
    const refused = (await Promise.allSettled(many)).filter((outcome) => outcome.status === "rejected");
    assert.deepEqual(refused.map(({ reason }) => reason.code), Array(2).fill("too_many_requests"));
    assert.match(await others, /avatars/);
  },
);

Deno.test("the event loop keeps running while a picture is encoded", async () => {
  const pictures = jsquashPictures();
  const bytes = await picture("jpeg", { width: 2000, height: 1500 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await pictures.encodeAnew(bytes, { maxSide: 1280, smallerWidths: [320, 640] }, { id: "ada" });
  clearInterval(timer);
  pictures.close();
  assert.ok(ticks > 5, `${ticks} ticks`);
});

Deno.test("suitableVersion picks the narrowest WebP that is wide enough, for clients that accept WebP", () => {
  const key = `media/images/course_thumbnails/${NAME}0-w1280.jpg`;
  const versionFor = (takesWebp: boolean, width: number | null, of = key) =>
    suitableVersion(of, { takesWebp, width }).split("/").at(-1)!.replace(`${NAME}0`, "name");
  assert.equal(versionFor(false, 320), "name-w1280.jpg");
  assert.equal(versionFor(true, null), "name-w1280.webp");
  assert.equal(versionFor(true, 100), "name-w320.webp");
  assert.equal(versionFor(true, 321), "name-w640.webp");
  assert.equal(versionFor(true, 9999), "name-w1280.webp");
  assert.equal(versionFor(true, 320, `media/elsewhere/${NAME}0-w1280.jpg`), "name-w1280.jpg");
});

Deno.test("suitableVersion takes a former shop's file as it is, however it is named", () => {
  for (const name of ["sample.png", "slide-w2.png", "Scan-w640.PNG", "a-w640.jpg"]) {
    const key = `media/images/course_thumbnails/${name}`;
    assert.equal(suitableVersion(key, { takesWebp: true, width: 320 }), key);
    assert.deepEqual(webpVersions(key), []);
  }
});
