import fc from "fast-check";
import type { Weather } from "./memory_stripe.ts";

/** Prices of the courses, in cents; unequal, so that no amount is taken for another. */
export const PRICES = [4900n, 1999n, 12_345n, 0n];
export const STUDENTS = 3;

/** The codes that each history has, by what they are; `limit` is for all, `perStudent` for each. */
export const CODES = {
  ONCE: { percent: 25, amount: null, limit: 1, perStudent: null, courses: null, by: "administrator" },
  EACH: { percent: 50, amount: null, limit: null, perStudent: 1, courses: null, by: "administrator" },
  FIXED: { percent: null, amount: 1000, limit: 2, perStudent: 1, courses: [0, 1], by: "administrator" },
  GIFT: { percent: 100, amount: null, limit: 1, perStudent: null, courses: null, by: "administrator" },
  TUTOR: { percent: 30, amount: null, limit: 2, perStudent: null, courses: [0], by: "co-tutor" },
} as const;
export type CodeName = keyof typeof CODES;

/**
 * What somebody does, or what happens. Numbers choose among what there is at that moment; where there is nothing,
 * nothing happens.
 */
export type Act =
  | {
    do: "buys";
    student: number;
    courses: number[];
    code: CodeName | null;
    stripe: Weather;
    then:
      | "leaves the page open"
      | "pays by card"
      | "pays by debit"
      | "pays by card, and the shop hears of it";
  }
  | { do: "cancels"; order: number }
  | { do: "a page is paid"; page: number; by: "card" | "debit" }
  | { do: "a debit ends"; page: number; succeeds: boolean }
  | { do: "a page expires"; page: number }
  | { do: "is given a course"; student: number; course: number }
  | { do: "a grant is revoked"; grant: number }
  | { do: "is deactivated" | "is activated" | "is erased"; student: number }
  | { do: "the co-tutor goes"; how: "removed" | "demoted" }
  | { do: "a refund at the dashboard"; payment: number; percent: number }
  | { do: "a refund by the shop"; order: number; line: number | null; by: "administrator" | "student" }
  | { do: "a refund ends"; refund: number; succeeds: boolean }
  | { do: "a payment is disputed"; payment: number }
  | { do: "a dispute ends"; dispute: number; isWon: boolean }
  | { do: "jobs are done"; count: number; first: number; stripe: Weather }
  | { do: "events arrive"; count: number; first: number; again: boolean }
  | { do: "mails leave" }
  | { do: "the books are reconciled" };

export type History = {
  acts: Act[];
  /** How what is left is told and done in the end. */
  ending: "in order" | "backwards" | "mixed";
};

const index = fc.nat({ max: 5 });
const student = fc.constantFrom(0, 0, 0, 1, 1, STUDENTS - 1); // the same again and again: so purchases meet
const course = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const weather = fc.constantFrom<Weather>(
  "it answers",
  "it answers",
  "it answers",
  "it answers",
  "it answers",
  "it answers",
  "it answers",
  "it is down",
  "its answer is lost",
);
const codes = Object.keys(CODES) as CodeName[];

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("buys" as const),
      student,
      courses: fc.uniqueArray(course, { minLength: 1, maxLength: 2 }),
      code: fc.constantFrom<CodeName | null>(null, null, null, null, null, ...codes),
      stripe: weather,
      then: fc.constantFrom(
        "leaves the page open" as const,
        "leaves the page open" as const,
        "pays by card" as const,
        "pays by debit" as const,
        "pays by card, and the shop hears of it" as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cancels" as const), order: index }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("a page is paid" as const),
      page: index,
      by: fc.constantFrom("card" as const, "card" as const, "debit" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("a debit ends" as const), page: index, succeeds: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("a page expires" as const), page: index }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("is given a course" as const), student, course }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("a grant is revoked" as const), grant: index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "is deactivated" as const,
        "is activated" as const,
        "is activated" as const,
        "is erased" as const,
      ),
      student,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("the co-tutor goes" as const),
      how: fc.constantFrom("removed" as const, "demoted" as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("a refund at the dashboard" as const),
      payment: index,
      percent: fc.constantFrom(10, 35, 60, 100),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("a refund by the shop" as const),
      order: index,
      line: fc.constantFrom(null, 0, 1),
      by: fc.constantFrom("administrator" as const, "student" as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("a refund ends" as const),
      refund: index,
      succeeds: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("a payment is disputed" as const), payment: index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("a dispute ends" as const),
      dispute: index,
      isWon: fc.boolean(),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("jobs are done" as const),
      count: fc.integer({ min: 1, max: 4 }),
      first: index,
      stripe: weather,
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant("events arrive" as const),
      count: fc.integer({ min: 1, max: 5 }),
      first: index,
      again: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("mails leave" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("the books are reconciled" as const) }) },
);

/** A history of one shop's few people and courses. */
export const history: fc.Arbitrary<History> = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 24, size: "max" }),
  ending: fc.constantFrom("in order" as const, "backwards" as const, "mixed" as const),
});

/** The act in a line that can be read. */
export function inWords(act: Act): string {
  const { do: what, ...rest } = act;
  const student = "student" in rest ? `student ${rest.student} ` : "";
  const others = Object.entries(rest).filter(([name]) => name !== "student");
  return `${student}${what}${
    others.length > 0 ? ": " + others.map(([name, value]) => `${name} ${value}`).join(", ") : ""
  }`;
}
