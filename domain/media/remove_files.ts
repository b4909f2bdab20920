import type { Clock } from "../clock.ts";
import { isOwnFile, PICTURES, webpVersions } from "./picture_files.ts";
import type { Edge } from "../catalog/ports.ts";
import type { FileReferences, Files } from "./ports.ts";

type Deps = { files: Files; fileReferences: FileReferences; edge: Edge };

/** Folders in which every file is referenced, except orphans. */
const FOLDERS = [...Object.values(PICTURES).map(({ folder }) => folder), "attachments/", "uploads/"];
/** A newer file may be part of an uncommitted change. */
const ORPHAN_HOURS = 24;

/**
 * Removes a file that was replaced or whose owner is gone, with its other versions, also from the edge, unless it is
 * referenced again, or is a former shop's that may be needed yet.
 */
export async function removeFile(
  { files, fileReferences, edge }: Deps,
  { key }: { key: string },
): Promise<void> {
  if (!isOwnFile(key) && !(await fileReferences.formerShopIsDone())) return;
  if ((await fileReferences.among([key])).has(key)) return;
  const keys = [key, ...webpVersions(key).map((version) => version.key)];
  await remove({ files, edge }, keys);
}

async function remove({ files, edge }: Pick<Deps, "files" | "edge">, keys: string[]): Promise<void> {
  await files.remove(keys);
  await edge.purgeFiles(keys.filter((key) => key.startsWith("media/")));
}

/**
 * Removes orphaned files, unless it is a dry run. Returns their keys. Files that this shop did not name stay until the
 * import of the former shop is declared complete: both may use one bucket.
 */
export async function sweepFiles(
  { files, fileReferences, edge, clock }: Deps & { clock: Clock },
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<string[]> {
  const before = clock().getTime() - ORPHAN_HOURS * 3600 * 1000;
  const mayRemoveAll = await fileReferences.formerShopIsDone();
  const orphans: string[] = [];
  for (const folder of FOLDERS) {
    for await (const page of files.list(folder)) {
      const old = page.filter(({ key, storedAt }) =>
        storedAt.getTime() < before && (mayRemoveAll || isOwnFile(key))
      ).map(({ key }) => key);
      const known = await fileReferences.among(old);
      const unknown = old.filter((key) => !known.has(key));
      if (!dryRun) await remove({ files, edge }, unknown);
      orphans.push(...unknown);
    }
  }
  return orphans;
}
