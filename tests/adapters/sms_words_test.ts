import assert from "node:assert/strict";
import { hmacSmsCodes } from "../../adapters/hmac/sms_codes.ts";
import { libphonenumberPhoneNumbers } from "../../adapters/libphonenumber/phone_numbers.ts";
import { LANGUAGES } from "../../adapters/letters/phrases.ts";
import { SAMPLES } from "../../adapters/letters/samples.ts";
import { isOneSegment } from "../../adapters/letters/segments.ts";
import { brandedSmsWords } from "../../adapters/letters/sms_words.ts";
import type { SmsMessage } from "../../domain/notifications/sms/ports.ts";

const words = brandedSmsWords("11Tutors");
const code: SmsMessage = { kind: "sms_code", data: { code: "012345", validMinutes: 10 } };
const long = "Quantum Mechanics: a First Encounter with Waves, Spins and Measurements ".repeat(3);

Deno.test("every SMS fits into one segment in every language, however long a title is", () => {
  const messages: SmsMessage[] = [
    code,
    { kind: "access_ending", data: SAMPLES.access_ending },
    { kind: "access_ending", data: { ...SAMPLES.access_ending, courseTitle: long } },
    { kind: "payment_failed", data: SAMPLES.payment_failed },
    { kind: "payment_failed", data: { ...SAMPLES.payment_failed, titles: [long] } },
    { kind: "operator_alert", data: { subject: "Stripe is silent", text: long.repeat(1000) } },
  ];
  for (const language of LANGUAGES) {
    for (const message of messages) {
      const text = words.write(message, language);
      assert.ok(isOneSegment(text), `${language} ${message.kind}: ${text}`);
    }
  }
});

Deno.test("a segment has 160 characters of GSM 03.38, or 70 of any other alphabet", () => {
  assert.ok(isOneSegment("a".repeat(160)) && !isOneSegment("a".repeat(161)));
  assert.ok(isOneSegment("€".repeat(80)) && !isOneSegment("€".repeat(81)));
  assert.ok(isOneSegment("я".repeat(70)) && !isOneSegment("я".repeat(71)));
  assert.ok(!isOneSegment("é".repeat(100) + "í"));
});

Deno.test("a code is the first word in English and Russian, and every language has it", () => {
  assert.equal(
    words.write(code, "en"),
    "012345 is your code for 11Tutors. It is valid for 10 minutes. Do not share it.",
  );
  for (const language of LANGUAGES) assert.match(words.write(code, language), /^012345 /);
});

Deno.test("a title has no address or number that a telephone would make a link of", () => {
  const data = { ...SAMPLES.access_ending, courseTitle: "Win at evil.example.com or +49 151 2345678" };
  const text = words.write({ kind: "access_ending", data }, "en");
  assert.match(text, /your access to Win at \.\.\. or \.\.\. ends on Mar 8, 2026\.$/);
});

Deno.test("a number is read with its country, if it can get SMS", async () => {
  const { read } = libphonenumberPhoneNumbers();
  assert.deepEqual(await read("+49 (151) 2345-6789"), { number: "+4915123456789", country: "DE" });
  assert.deepEqual(await read("+1 204 555 1234"), { number: "+12045551234", country: "CA" });
  assert.deepEqual(await read("+1 876 555 1234"), { number: "+18765551234", country: "JM" });
  assert.deepEqual(await read("+44 7797 732133"), { number: "+447797732133", country: "JE" });
  const none = [
    "",
    "0151 23456789",
    "+49",
    "+4915123456789 ext. 5",
    "call +4915123456789",
    "+442079460000", // a landline in London
    "+49 30 123456", // one in Berlin
    "+15005550006",
    ...["+49 900 1234567", "+33 899 123456", "+34 803 123456", "+48 701 234567"], // premium numbers
    "+49 137 1234567", // of a poll
    "+999123456789",
  ];
  for (const text of none) assert.equal(await read(text), null, text);
});

Deno.test("a code has six digits, and its hash holds for its person and for every secret in rotation", () => {
  const former = hmacSmsCodes(["former"]).create("ada");
  assert.match(former.code, /^\d{6}$/);
  const rotated = hmacSmsCodes(["current", "former"]);
  assert.ok(rotated.matches("ada", former.code, former.hash));
  assert.ok(!rotated.matches("eve", former.code, former.hash));
  assert.ok(!hmacSmsCodes(["current"]).matches("ada", former.code, former.hash));
  assert.ok(!rotated.matches("ada", former.code, ""));
});
