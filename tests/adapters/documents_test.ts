import assert from "node:assert/strict";
import { zipjsDocuments } from "../../adapters/zipjs/documents.ts";
import { DOCUMENT_TYPES, type DocumentFault } from "../../domain/media/ports.ts";
import { joined } from "../support/sample_pictures.ts";
import { pdf, pptx, type ZipEntry, zipOf } from "../support/sample_documents.ts";

const inspect = (name: string, bytes: Uint8Array) =>
  zipjsDocuments().inspect(name, {
    size: bytes.length,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  }, { id: "ada" });

const VBA = "application/vnd.ms-office.vbaProject";
const docx = (types: string) =>
  zipOf([{ name: "[Content_Types].xml", content: `<Types>${types}</Types>` }, { name: "word/document.xml" }]);
const openDocument = (type: string) =>
  zipOf([{ name: "mimetype", content: `application/vnd.oasis.opendocument.${type}` }, {
    name: "content.xml",
  }]);

for (
  const [name, bytes, contentType] of [
    ["a.pdf", pdf(), "application/pdf"],
    ["A.PPTX", pptx(), "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
    ["a.odp", openDocument("presentation"), "application/vnd.oasis.opendocument.presentation"],
    ["a.odt", openDocument("text"), "application/vnd.oasis.opendocument.text"],
    ["Übung 1.zip", zipOf([{ name: "data/ü.csv", content: "a,b" }, { name: "data/" }]), "application/zip"],
    ["a.docx", docx(`<Override PartName="/word/macro.xml" ContentType="text/xml"/>`), DOCUMENT_TYPES.docx],
    ["empty names.zip", zipOf([{ name: "..a" }, { name: "b..c/d.." }]), "application/zip"],
  ] satisfies [string, Uint8Array, string][]
) {
  Deno.test(`${name} is recognised by its content`, async () => {
    assert.deepEqual(await inspect(name, bytes), { contentType });
  });
}

const archive = (...entries: (string | ZipEntry)[]) =>
  zipOf(entries.map((entry) => typeof entry === "string" ? { name: entry, content: "x" } : entry));
const whole = archive("a.txt");

for (
  const [what, name, bytes, fault] of [
    [
      "a page that says it is a PDF",
      "a.pdf",
      joined("<script>alert(1)</script>%PDF-1.7 %%EOF"),
      "unknown_type",
    ],
    ["a program", "a.zip", joined("MZ\x90\0"), "unknown_type"],
    ["a program that is also an archive", "a.zip", joined("#!/bin/sh\n", whole), "unknown_type"],
    ["an empty archive", "a.zip", archive(), "unknown_type"],
    ["a PDF called ZIP", "a.zip", pdf(), "wrong_extension"],
    ["a ZIP called PDF", "slides.pdf", whole, "wrong_extension"],
    ["slides without an ending", "slides", pptx(), "wrong_extension"],
    ["a PDF that ends early", "a.pdf", pdf().subarray(0, 40), "truncated"],
    ["an archive that ends early", "a.zip", whole.subarray(0, whole.length - 10), "truncated"],
    [
      "an archive without its middle",
      "a.zip",
      joined(whole.subarray(0, 20), whole.subarray(40)),
      "truncated",
    ],
    ["a PDF that is also an archive", "a.pdf", joined(pdf(), whole, "%%EOF"), "followed_by_other_data"],
    ["an archive with something behind it", "a.zip", joined(whole, "MZ payload"), "followed_by_other_data"],
    ["a name that climbs out", "a.zip", archive("a.txt", "../../etc/cron.d/evil"), "unsafe_names"],
    ["a name that climbs out in its middle", "a.zip", archive("a/../../b"), "unsafe_names"],
    ["a name that climbs out on Windows", "a.zip", archive("..\\..\\evil.exe"), "unsafe_names"],
    ["an absolute name", "a.zip", archive("/etc/passwd"), "unsafe_names"],
    ["a drive", "a.zip", archive("C:/Windows/evil.dll"), "unsafe_names"],
    ["a name with a control character", "a.zip", archive("a\x07.txt"), "unsafe_names"],
    ["a link", "a.zip", archive({ name: "a", content: "/etc/passwd", isSymlink: true }), "unsafe_names"],
    ["one name twice", "a.zip", archive("README.txt", "readme.txt"), "unsafe_names"],
    ["a password", "a.zip", archive({ name: "a", content: "xxxxxxxxxxxxx", isEncrypted: true }), "encrypted"],
    ["a bomb", "a.zip", archive({ name: "a", content: "x", claimedSize: 0x7fffffff }), "bomb"],
    ["macros", "a.pptx", pptx([{ name: "ppt/vbaProject.bin" }]), "macros"],
    [
      "macros under another name",
      "a.docx",
      docx(`<Override PartName="/word/x.bin" ContentType="${VBA}"/>`),
      "macros",
    ],
    [
      "macros whose type is spelled otherwise",
      "a.docx",
      docx(`<Override ContentType = '${VBA.replace("P", "&#x50;")}' PartName="/word/x.bin"/>`),
      "macros",
    ],
    [
      "a list of parts with entities of its own",
      "a.docx",
      docx(`<!DOCTYPE x [<!ENTITY v "${VBA}">]>`),
      "macros",
    ],
    ["a preface as long as a signature", "a.zip", joined("PK\x03\x04", whole), "followed_by_other_data"],
    [
      "too many files",
      "a.zip",
      archive(...Array.from({ length: 10_001 }, (_, n) => `${n}`)),
      "too_many_entries",
    ],
  ] satisfies [string, string, Uint8Array, DocumentFault][]
) {
  Deno.test(`an attachment is refused for ${what}`, async () => {
    assert.deepEqual(await inspect(name, bytes), { fault });
  });
}

/** A file of so many bytes in which only the given ends exist; reading what lies between would be seen. */
function vast(head: Uint8Array, tail: Uint8Array, size: number) {
  const told = { bytes: 0, largest: 0 };
  return {
    told,
    source: {
      size,
      read(start: number, end: number) {
        told.bytes += end - start;
        told.largest = Math.max(told.largest, end - start);
        const bytes = new Uint8Array(end - start);
        const put = (piece: Uint8Array, at: number) => {
          const from = Math.max(start, at), to = Math.min(end, at + piece.length);
          if (from < to) bytes.set(piece.subarray(from - at, to - at), from - start);
        };
        put(head, 0);
        put(tail, size - tail.length);
        return Promise.resolve(bytes);
      },
    },
  };
}

Deno.test("only the ends are read of an archive with much data before or after it", async () => {
  const documents = zipjsDocuments();
  const GIB = 1024 ** 3;
  const before = vast(joined("PK\x03\x04"), whole, GIB);
  assert.deepEqual(await documents.inspect("a.zip", before.source, { id: "ada" }), {
    fault: "followed_by_other_data",
  });
  assert.ok(before.told.bytes < 1024 ** 2, `${before.told.bytes} bytes`);
  const after = vast(whole, new Uint8Array(), GIB);
  assert.ok("fault" in await documents.inspect("a.zip", after.source, { id: "ada" }));
  assert.ok(after.told.bytes < 1024 ** 2, `${after.told.bytes} bytes`);
});

Deno.test("a directory that claims to be huge is not read", async () => {
  const end = whole.slice(-22);
  new DataView(end.buffer).setUint32(12, 400 * 1024 ** 2, true);
  const { source, told } = vast(joined("PK\x03\x04"), end, 500 * 1024 ** 2);
  assert.ok("fault" in await zipjsDocuments().inspect("a.zip", source, { id: "ada" }));
  assert.ok(told.bytes < 16 * 1024 ** 2, `${told.bytes} bytes`);
});

Deno.test("a file store that does not respond is not reported as a fault of the file", async () => {
  const outage = new Error("The file store does not respond.");
  for (let failsAt = 0; failsAt < 4; failsAt++) {
    let reads = 0;
    const bytes = docx("");
    const read = (start: number, end: number) =>
      reads++ === failsAt ? Promise.reject(outage) : Promise.resolve(bytes.subarray(start, end));
    await assert.rejects(
      zipjsDocuments().inspect("a.docx", { size: bytes.length, read }, { id: "ada" }),
      outage,
      `read ${failsAt}`,
    );
  }
});
