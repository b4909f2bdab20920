import { parseArgs } from "node:util";
import type { SearchEngine } from "../../domain/catalog/ports.ts";
import { rebuildSearch } from "../../domain/catalog/rebuild_search.ts";
import { sweepFiles } from "../../domain/media/remove_files.ts";
import { sweepVideos } from "../../domain/media/remove_videos.ts";
import { BY_HAND, checkInvariants } from "../../domain/operations/invariants.ts";
import { reconcile } from "../../domain/settlement/reconcile.ts";
import type { Needs } from "../../domain/needs.ts";

/** What the commands need of a shop. */
type Shop =
  & Needs<typeof sweepVideos | typeof sweepFiles | typeof reconcile | typeof checkInvariants>
  & Omit<Needs<typeof rebuildSearch>, "searchEngine">
  & { searchEngine: SearchEngine | null; playbackPolicy: { unusedVideoDays: number } };

export type ShopCommand = (shop: Shop, args: string[]) => Promise<void>;

/** Operators' commands on a shop. Each prints what it did. */
export const shopCommands: Record<string, ShopCommand> = {
  async "sweep-videos"(shop, args) {
    const dryRun = hasFlag("dry-run", args);
    const graceDays = shop.playbackPolicy.unusedVideoDays;
    const swept = await sweepVideos(shop, { graceDays, dryRun });
    for (const { id, title, unusedSince } of swept) {
      console.log(`${id}  ${title}  in no lesson since ${unusedSince.toISOString().slice(0, 10)}`);
    }
    console.log(`${swept.length} videos ${dryRun ? "would be" : "are being"} deleted.`);
  },

  async "sweep-files"(shop, args) {
    const dryRun = hasFlag("dry-run", args);
    const swept = await sweepFiles(shop, { dryRun });
    for (const key of swept) console.log(key);
    console.log(`${swept.length} files ${dryRun ? "would be" : "were"} removed.`);
  },

  async reconcile(shop, args) {
    const dryRun = hasFlag("dry-run", args);
    const { findings } = await reconcile(shop, { dryRun, anew: true });
    if (findings.length > 0) console.table(findings);
    console.log(`${findings.length} found${dryRun ? "; nothing was changed" : ""}.`);
  },

  async "rebuild-search"({ searchIndexes, searchEngine }) {
    if (searchEngine === null) throw new Error("ELASTICSEARCH_URL is not set: PostgreSQL searches.");
    const index = await rebuildSearch({ searchIndexes, searchEngine }, {
      onProgress: ({ index, done, total }) => console.log(`${index}: ${done} of ${total} courses`),
    });
    console.log(`${index} is searched now.`);
  },

  async invariants(shop, args) {
    const repair = hasFlag("repair", args);
    const broken = await checkInvariants(shop, { repair });
    if (broken.length === 0) return console.log("All invariants hold.");
    console.table(broken.map(({ invariant, subject, detail }) => ({ invariant, subject, detail })));
    for (const invariant of repair ? new Set(broken.map(({ invariant }) => invariant)) : []) {
      console.log(`${invariant} needs a person: ${BY_HAND[invariant]}.`);
    }
    Deno.exitCode = 1;
  },
};

/** Returns whether the only option of a command was given. Throws on any other option. */
function hasFlag(name: string, args: string[]): boolean {
  const { values } = parseArgs({ args, options: { [name]: { type: "boolean", default: false } } });
  return Boolean(values[name]);
}
