import assert from "node:assert/strict";
import type { Brand } from "../../adapters/letters/layout.tsx";
import { brandedLetters } from "../../adapters/letters/letters.ts";
import { SAMPLES } from "../../adapters/letters/samples.ts";
import { tame, tameForStrangers } from "../../adapters/letters/tame.ts";
import { LANGUAGES } from "../../adapters/letters/phrases.ts";
import type { Message, NoticeKind, Recipient } from "../../domain/notifications/ports.ts";

const brand: Brand = { name: "11Tutors", logoUrl: null, colour: "#4338ca" };
const letters = brandedLetters(brand);
const ada: Recipient = {
  userId: "u1",
  email: "ada@example.com",
  name: "Ada",
  language: "en",
  isProven: true,
};
const kinds = Object.keys(SAMPLES) as NoticeKind[];
const sample = (kind: NoticeKind) => ({ kind, data: SAMPLES[kind] }) as Message;
const unsubscribeUrl = "https://api.example/unsubscribe?token=x";

Deno.test("every notice has words in every language, in text and HTML from one source", () => {
  for (const kind of kinds) {
    const subjects = LANGUAGES.map((language) => {
      const { subject, text, html, brief } = letters.write(
        sample(kind),
        { ...ada, language },
        unsubscribeUrl,
      );
      assert.ok(subject.length > 5 && brief.title === subject && brief.text, `${kind} ${language}`);
      assert.ok(html.startsWith(`<!doctype html>\n<html lang="${language}">`));
      assert.ok(html.includes("prefers-color-scheme: dark") && html.includes('content="light dark"'));
      for (const version of [text, html]) {
        assert.ok(version.includes("Ada") && version.includes(unsubscribeUrl), `${kind} ${language}`);
        if (brief.url) assert.ok(version.includes(brief.url.replaceAll("&", "&amp;")), `${kind} ${language}`);
        assert.ok(!/undefined|\[object|NaN/.test(version), `${kind} ${language}`);
      }
      return subject;
    });
    // What others wrote stays in their language.
    if (kind !== "operator_alert" && kind !== "course_update") {
      assert.equal(new Set(subjects).size, LANGUAGES.length, kind);
    }
  }
});

Deno.test("a link in a text has its own line, and no other line is longer than 72 columns", () => {
  const url = `https://shop.example/${"a".repeat(300)}`;
  for (const language of LANGUAGES) {
    for (const kind of kinds) {
      const { text } = letters.write(sample(kind), { ...ada, language }, unsubscribeUrl);
      for (const line of text.split("\n")) {
        assert.ok(line.length <= 72 || /^https:\S+$/.test(line), `${kind} ${language}: ${line}`);
        if (line.includes("://")) assert.match(line, /^https:\S+$/);
      }
    }
    const { text } = letters.write(
      { kind: "welcome", data: { coursesUrl: url } },
      { ...ada, language },
      null,
    );
    assert.ok(text.split("\n").includes(url));
  }
});

Deno.test("amounts, days and counts are formatted by language", () => {
  const digest = { ...SAMPLES.tutor_digest, comments: [] };
  const inLanguage = (language: Recipient["language"]) =>
    letters.write({ kind: "tutor_digest", data: digest }, { ...ada, language }, null);
  assert.equal(inLanguage("en").subject, "Your courses on February 28, 2026");
  assert.equal(inLanguage("ru").brief.text, "4 продажи, 0 комментариев");
  assert.equal(inLanguage("es").brief.text, "4 ventas, 0 comentarios");
  assert.ok(inLanguage("en").text.includes("3 sales, $147.00"));
  const yen = { ...SAMPLES.refund, amount: { amount: 12345678901234567n, currency: "jpy" } };
  assert.ok(
    letters.write({ kind: "refund", data: yen }, ada, null).subject.includes("¥12,345,678,901,234,567"),
  );
});

Deno.test("no name or title can add markup, a header line, a link or reversed text", () => {
  const hostile = `<img src=x onerror=alert(1)>\r\nBcc: eve@evil.example\u202E http://evil.example/?a=1&b="'`;
  const data = {
    ...SAMPLES.course_update,
    courseTitle: hostile,
    title: hostile,
    author: hostile,
    text: "<script>alert(1)</script>\nSee https://example.com/notes",
  };
  for (const language of LANGUAGES) {
    const { subject, text, html, brief } = letters.write(
      { kind: "course_update", data },
      { ...ada, language, name: hostile },
      null,
    );
    for (const line of [subject, brief.title, brief.text]) assert.ok(!/[\r\n\u202e]/.test(line));
    assert.ok(!/<img src=x|<script/.test(html));
    const lines = text.replace(data.courseUrl, "").replace("https://example.com/notes", "");
    for (const version of [subject, brief.title, lines]) {
      assert.ok(!/:\/\/[a-z]|@[a-z]|evil\.example/.test(version), version);
    }
    assert.ok(text.includes("See https://example.com/notes"), "what a tutor writes keeps its links");
    assert.deepEqual(html.match(/href="[^"]*"/g)!.map((link) => link.slice(6, -1)), [data.courseUrl]);
  }
});

Deno.test("tame keeps the look of ordinary names and titles, and cuts very long ones", () => {
  for (
    const name of ["Ada Lovelace", "Jean-Luc O'Neill", "Ж. П. Иванова", "Calculus I: limits & 3.5 integrals"]
  ) {
    assert.equal(tame(name), name);
  }
  assert.equal(tame("Node.js").replaceAll("\u200c", ""), "Node.js");
  assert.equal(tame("a".repeat(500)).length, 201);
});

Deno.test("a name or title that a stranger chose contains no contact details", () => {
  for (
    const [title, shown] of [
      ["Call 0900 12345 now", "Call … now"],
      ["Call +49 (0)900-123 45 now", "Call … now"],
      ["Ring ０９００１２３４５", "Ring …"],
      ["Your card: https://evil.example/login?n=1", "Your card: …"],
      ["Sign in at evil.example/login now", "Sign in at … now"],
      ["Sign in at evil\u200b.example", "Sign in at …"],
      ["help@evil.example asks", "… asks"],
      ["www.evil", "…"],
    ] as const
  ) {
    assert.equal(tameForStrangers(title), shown);
    const data = { ...SAMPLES.tutor_invitation, courseTitle: title };
    assert.ok(letters.write({ kind: "tutor_invitation", data }, ada, null).subject.includes(shown));
  }
  for (
    const title of [
      "Calculus I: limits & 3.5 integrals",
      "Plans 2024-2025",
      "CS 101, part 2",
      "Ж. П. Иванова",
    ]
  ) {
    assert.equal(tameForStrangers(title), title);
  }
  const unproven = { ...ada, name: "Your card was declined", isProven: false };
  assert.ok(!letters.write(sample("verify_email"), unproven, null).text.includes("declined"));
});

Deno.test("the shop's name, picture and colour come from its configuration, and its buttons are readable", () => {
  const write = (changed: Partial<Brand>) =>
    brandedLetters({ ...brand, ...changed }).write(sample("welcome"), ada, null).html;
  const branded = write({ name: "Uni & Co", logoUrl: "https://shop.example/logo.png", colour: "#ffcc00" });
  assert.ok(branded.includes('<img src="https://shop.example/logo.png" alt="Uni &amp; Co"'));
  assert.match(branded, /background-color:#ffcc00.*color:#000000/s);
  assert.match(write({ colour: "#4338ca" }), /color:#ffffff;text-decoration:none/);
});
