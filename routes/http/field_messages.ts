import { z } from "zod";
import { EMAIL_PATTERN } from "../../domain/accounts/email_address.ts";
import { DomainError, invalidFields } from "../../domain/errors.ts";

/** Creates the refusal that names every field that a schema found invalid. `fallback` names the input as a whole. */
export function invalidInput(error: z.ZodError, fallback: string): DomainError {
  const fields: Record<string, string[]> = {};
  for (const issue of error.issues) {
    const field = issue.path.join(".") || fallback;
    const messages = fields[field] ??= [];
    const text = message(issue);
    if (!messages.includes(text)) messages.push(text); // a union of schemas may report the same error for each
  }
  return invalidFields(fields);
}

const MOMENT = "Use a UTC timestamp, such as 2027-01-31T18:00:00Z, or a day, such as 2027-01-31.";
const KINDS: Record<string, string> = {
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  string: "text",
  array: "a list",
  object: "an object",
};

/** Advice for texts that do not match the contract's format or pattern. A test names patterns without advice. */
const FORMATS: Record<string, string> = {
  [String(new RegExp(EMAIL_PATTERN))]: "Enter a valid e-mail address.",
  datetime: MOMENT,
  "/^(?!0000)/": MOMENT,
  "/^[ -~]+$/": "Use letters, digits and signs of ASCII only.",
  "/\\S/": "This field may not be blank.",
  "/^$|^https?:\\/\\//": "Begin with https:// or http://.",
  "/^[A-Za-z]{3}$/": "Write a currency's three letters, such as USD.",
  "/^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$/":
    "Use 3 to 40 letters, digits, - and _, and begin with a letter or digit.",
  "/^[a-z0-9.+-]+\\/[a-z0-9.+-]+$/": "Write a media type, such as application/pdf.",
  "/^[0-9]{1,20}\\.[0-9]{1,20}$/":
    "Write the id of Google Analytics' cookie: two numbers with a dot between them.",
  "/^[0-9]{1,20}$/": "Write the id in digits.",
  "/^[0-9]{6}$/": "Write the six digits of the code.",
  "/^([Rr]-)?\\d{1,15}$/": "Write a receipt's number, such as R-1042.",
  "/^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/": "Use letters from a to z, digits, and hyphens between them.",
};

/** Returns what is wrong with a field, in words for people who fill in forms. */
function message(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) {
    return "This field is required.";
  }
  if (issue.code === "invalid_type" && issue.expected in KINDS) {
    return `This must be ${KINDS[issue.expected]}.`;
  }
  if (issue.code === "too_small" && issue.origin === "string") {
    return issue.minimum === 1 ? "This field may not be blank." : `Use at least ${issue.minimum} characters.`;
  }
  if (issue.code === "too_big" && issue.origin === "string") {
    return `Use at most ${issue.maximum} characters.`;
  }
  if (issue.code === "too_small" && issue.origin === "array") return `Give at least ${issue.minimum}.`;
  if (issue.code === "too_big" && issue.origin === "array") return `Give at most ${issue.maximum}.`;
  if (issue.code === "too_small") return `This must be at least ${issue.minimum}.`;
  if (issue.code === "too_big") return `This must be at most ${issue.maximum}.`;
  const advice = issue.code === "invalid_format" && (FORMATS[issue.pattern ?? ""] ?? FORMATS[issue.format]);
  if (advice) return advice;
  return `${issue.message}.`;
}
