import { isEmailAddress, normaliseEmail } from "../accounts/email_address.ts";
import type { Transliterate } from "../authoring/ports.ts";
import { courseSlugs, slugFor } from "../authoring/slugs.ts";
import { isBlank, tidyText } from "../text.ts";
import { type FormerRow, type FormerTable, ImportRefusal, type ReportKind } from "./ports.ts";

type Note = (what: ReportKind, why: string) => void;
type Tidying = (row: FormerRow, note: Note, transliterate: Transliterate) => FormerRow | Promise<FormerRow>;

/** The longest lesson that is believed, in seconds. */
const LONGEST_LESSON = 24 * 3600;

const textOf = (value: FormerRow[string] | undefined) => tidyText(String(value ?? ""));

/** Returns the degree that somebody wrote in free text; null if it is none of the three. */
export function degreeOf(text: string): "bachelors" | "masters" | "phd" | null {
  const letters = tidyText(text).toLowerCase().replace(/\P{L}/gu, "");
  if (/^(bachelor|бакалавр|bakalavr)|^(bs|bsc|ba|beng|bba|llb)$/.test(letters)) return "bachelors";
  if (/^(master|магистр|magistr)|^(ms|msc|ma|meng|mba|llm)$/.test(letters)) return "masters";
  if (/^(doctor|доктор|doktor)|^(phd|dphil)$/.test(letters)) return "phd";
  return null;
}

/** Returns the key of a thumbnail that the shop can serve as it is; null if the picture has to be stored again. */
export function servableKey(name: string): string | null {
  // `/media/` serves ASCII only, and a name such as `slide-w2.png` looks like a smaller version of another picture.
  const isServable = /^images\/course_thumbnails\/[\w./-]+$/.test(name) && !/-w\d+\.\w+$/.test(name);
  return isServable && !name.includes("..") ? `media/${name}` : null;
}

function isWebsite(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

const TIDY: Partial<Record<FormerTable, Tidying>> = {
  core_university(row, note) {
    const name = textOf(row.name);
    const website = textOf(row.website);
    const [country, city] = [textOf(row.country), textOf(row.city)];
    if (name === "") note("changed", "had no name, and is now called by its number");
    if (website !== "" && !isWebsite(website)) {
      note("changed", "the address of its website was dropped: it is not http");
    }
    if (country === "" || city === "") note("changed", "has no country or no city");
    return {
      ...row,
      name: name || `University ${row.id}`,
      website: isWebsite(website) ? website : "",
      description: textOf(row.description),
      country,
      city,
      location: textOf(row.location),
      logo: textOf(row.logo),
    };
  },

  users_user(row, note) {
    const email = normaliseEmail(String(row.email));
    if (!isEmailAddress(email)) {
      note("changed", "its e-mail address stays, but could not be entered in this shop");
    }
    return { ...row, email, first_name: textOf(row.first_name), last_name: textOf(row.last_name) };
  },

  users_onboardinganswer(row) {
    return { ...row, degree: degreeOf(String(row.degree ?? "")), interests: textOf(row.interests) };
  },

  courses_category(row, note, transliterate) {
    const name = textOf(row.name) || `Category ${row.id}`;
    return withSlug({ ...row, name }, note, () => slugFor(name, `category-${row.id}`, transliterate));
  },

  courses_course(row, note, transliterate) {
    const title = titleOf(row, note);
    const thumbnail = textOf(row.thumbnail);
    const key = servableKey(thumbnail);
    if (thumbnail !== "" && key === null) note("changed", "its thumbnail is shown once pictures have moved");
    return withSlug(
      {
        ...row,
        title,
        thumbnail,
        thumbnail_key: key,
        language: /\p{Script=Cyrillic}/u.test(title) ? "ru" : "en",
      },
      note,
      async () => (await courseSlugs(title, transliterate))[0]!,
    );
  },

  courses_coursepart(row, note, transliterate) {
    const title = titleOf(row, note);
    return withSlug(
      { ...row, title },
      note,
      () => slugFor(`${row.course_title} ${title}`, "part", transliterate),
    );
  },

  courses_lesson(row, note, transliterate) {
    const title = titleOf(row, note);
    const video = textOf(row.video_service_id);
    const isVideo = /^[0-9a-f]{32}$/.test(video);
    if (video !== "" && !isVideo) {
      note("person", "its video was dropped: it is not an id of the video service");
    }
    const seconds = row.seconds === null ? 0 : Math.floor(Number(row.seconds));
    const isBelieved = seconds >= 0 && seconds <= LONGEST_LESSON;
    if (!isBelieved) {
      note(
        "changed",
        seconds < 0 ? "its length was dropped: it is negative" : "its length was dropped: it is above a day",
      );
    }
    return withSlug(
      {
        ...row,
        title,
        video_id: isVideo ? video : null,
        seconds: isBelieved && seconds > 0 ? seconds : null,
      },
      note,
      () => slugFor(title, "lesson", transliterate),
    );
  },

  courses_comment(row) {
    return { ...row, text: isBlank(String(row.text ?? "")) ? null : row.text! };
  },

  payments_payment(row) {
    const intent = textOf(row.stripe_payment_intent);
    return { ...row, stripe_payment_intent: /^pi_\w+$/.test(intent) ? intent : null };
  },
};

function titleOf(row: FormerRow, note: Note): string {
  const title = textOf(row.title);
  if (title === "") note("person", "has no title: give it one");
  return title;
}

/** Throws ImportRefusal if a moment of the row is infinite, or not in the years 1 to 9999. */
function refuseImpossibleMoments(table: FormerTable, row: FormerRow): void {
  for (const [column, value] of Object.entries(row)) {
    if (!/_(at|time)$/.test(column) || value === null || /^\d{4}-[^B]*$/.test(String(value))) continue;
    throw new ImportRefusal(
      `${table} ${row.id} has the moment ${value} in ${column}, which is impossible. ` +
        "Correct it in the former shop's database, and run the command again. Nothing was imported.",
    );
  }
}

/** Gives a row without a slug one to wish for, which may be taken. */
async function withSlug(row: FormerRow, note: Note, wish: () => Promise<string>): Promise<FormerRow> {
  if (!isBlank(String(row.slug ?? ""))) return row;
  note("changed", "had no slug, and got one");
  return { ...row, slug: null, slug_wish: await wish() };
}

/**
 * Returns a row with its values as this shop writes them, one row at a time: what depends on other rows is left to
 * the intake. Calls `note` for each value that could not be kept. Throws ImportRefusal if it has an impossible moment.
 */
export async function tidyRow(
  table: FormerTable,
  row: FormerRow,
  note: Note,
  transliterate: Transliterate,
): Promise<FormerRow> {
  refuseImpossibleMoments(table, row);
  return await TIDY[table]?.(row, note, transliterate) ?? row;
}
