import type { Clock } from "../clock.ts";
import { isOwnFile, PICTURES, webpVersions } from "./picture_files.ts";
import type { Edge } from "../catalog/ports.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
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
  await files.remove(keys);
  await edge.purgeFiles(keys.filter(isPublic));
}

const isPublic = (key: string) => key.startsWith("media/");

/**
 * Removes orphaned files, also from the edge, unless it is a dry run. Returns their keys. Files that this shop did not
 * name stay until the import of the former shop is declared complete: both may use one bucket. If the edge does not
 * purge, a job per file tries again, because no later sweep would find the file.
 */
export async function sweepFiles(
  deps: Deps & { clock: Clock; transaction: Transaction<{ jobs: Jobs }> },
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<string[]> {
  const { files, fileReferences, clock } = deps;
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
      if (!dryRun) await removeOrphans(deps, unknown);
      orphans.push(...unknown);
    }
  }
  return orphans;
}

async function removeOrphans(
  { files, edge, transaction }: Pick<Deps, "files" | "edge"> & { transaction: Transaction<{ jobs: Jobs }> },
  keys: string[],
): Promise<void> {
  await files.remove(keys);
  const shown = keys.filter(isPublic);
  try {
    await edge.purgeFiles(shown);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await transaction(({ jobs }) => jobs.add(...shown.map((key) => ({ kind: "delete_file" as const, key }))));
  }
}
