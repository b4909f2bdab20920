import { DomainError } from "../errors.ts";
import { type PictureKind, PICTURES } from "../media/picture_files.ts";
import type { Files, Pictures } from "../media/ports.ts";
import { storePicture } from "../media/store_picture.ts";
import type { Progress } from "./import_shop.ts";
import { type FormerPicture, type FormerPictures, ImportRefusal } from "./ports.ts";

/** Pictures in a row that fail for a passing reason, after which the run gives up. */
const MOST_FAILURES = 3;

const KINDS: Record<FormerPicture["subject"], PictureKind> = {
  course: "course_thumbnail",
  university: "logo",
};

type Deps = {
  formerPictures: FormerPictures;
  formerFiles: Pick<Files, "describe" | "read" | "list">;
  files: Pick<Files, "put">;
  pictures: Pictures;
  randomName: () => string;
};

/** How many pictures were moved, how many are missing, and how many could not be read or stored. */
export type Moved = { moved: number; missing: number; failed: number };

/**
 * Moves the former shop's pictures: reads each, encodes it again and gives its courses or universities the new key.
 * Those that are missing or no picture lose theirs. A later run tries again what did not move, and nothing else. A dry
 * run only reads and encodes. Throws ImportRefusal, without having changed anything, if the former shop's bucket cannot be read or
 * has none of its files, and DomainError `vendor_unavailable` if a bucket stays away.
 */
export async function movePictures(
  deps: Deps,
  { dryRun, progress }: { dryRun: boolean; progress: (progress: Progress) => void },
): Promise<Moved> {
  const { formerPictures } = deps;
  const total = await formerPictures.waiting();
  if (total > 0) await requireFormerFiles(deps);
  const moved: Moved = { moved: 0, missing: 0, failed: 0 };
  let failures = 0;
  let after: FormerPicture | null = null;
  for (let done = 0;; done++) {
    progress({ text: `pictures: ${done} of ${total}`, share: total === 0 ? 1 : done / total });
    const picture: FormerPicture | null = await formerPictures.next(after);
    if (!picture) return moved;
    const result = await movePicture(deps, picture, dryRun);
    if ("away" in result) {
      if (++failures === MOST_FAILURES) throw result.away;
    } else failures = 0;
    moved[
      "key" in result ? "moved" : "away" in result ? "failed" : result.isMissing ? "missing" : "failed"
    ]++;
    if (!dryRun) {
      await formerPictures.settle(
        picture,
        "away" in result
          ? { problem: result.away.message, isLost: false }
          : "key" in result
          ? { key: result.key }
          : { problem: result.problem, isLost: true },
      );
    }
    after = picture;
  }
}

/** Keeps a mistyped bucket from counting as one in which every picture is missing. */
async function requireFormerFiles({ formerFiles }: Deps): Promise<void> {
  const advice = "Nothing was changed. Check --from-bucket, --from-endpoint and the key.";
  try {
    for await (const page of formerFiles.list("media/")) {
      if (page.length > 0) return;
    }
  } catch (cause) {
    throw new ImportRefusal(`The former shop's bucket cannot be read. ${advice}`, { cause });
  }
  throw new ImportRefusal(
    `There is nothing below media/ in this bucket, where the former shop kept its pictures. ${advice}`,
  );
}

type Result = { key: string } | { problem: string; isMissing: boolean } | { away: DomainError };

async function movePicture(deps: Deps, { subject, key }: FormerPicture, dryRun: boolean): Promise<Result> {
  const kind = KINDS[subject];
  try {
    const found = await deps.formerFiles.describe(key);
    // One byte more than is accepted is enough to be refused.
    const end = Math.min(found?.size ?? 0, PICTURES[kind].maxBytes + 1);
    const bytes = found && await deps.formerFiles.read(key, 0, end, found.etag);
    if (!bytes) return { problem: "There is no such file.", isMissing: true };
    const files = dryRun ? { put: () => Promise.resolve() } : deps.files;
    return await storePicture({ ...deps, files }, { kind, bytes, sender: { id: "import" } });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === "vendor_unavailable") return { away: error };
    return {
      problem: Object.values(error.details.fields ?? {}).flat()[0] ?? error.message,
      isMissing: false,
    };
  }
}
