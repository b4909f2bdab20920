import { accessOf, type ContractDocument, entriesOf, type Operation } from "./document.ts";

/** Tags of responses that list things: such a response changes with any of them. */
const LISTS = ["courses", "categories", "universities", "tutors"];
/** Tags of responses about single things. The id of each follows: `course-<id>`. */
const THINGS = ["course", "tutor", "category"];

const NOT_MODIFIED = {
  description:
    "What the `ETag` in `If-None-Match` names still stands. Only for requests without a token, because " +
    "responses to others are never kept.",
};

/** Returns the tags of lists with which caches keep an operation's responses; null if none may keep them. */
export function listTags({ "x-cache": tags }: Operation): string[] | null {
  return Array.isArray(tags) ? tags.filter((tag) => LISTS.includes(tag)) : null;
}

/** Returns the kinds of things whose ids the handler names for each response that caches keep. */
export function taggedThings({ "x-cache": tags }: Operation): string[] {
  return Array.isArray(tags) ? tags.filter((tag) => THINGS.includes(tag)) : [];
}

/**
 * Adds a 304 response to every operation whose responses may be kept. Throws if a GET that needs no token declares
 * neither tags nor a reason why nothing keeps its responses, and if any other operation declares tags.
 */
export function withCaching(document: ContractDocument): ContractDocument {
  for (const { method, operation } of entriesOf(document)) {
    const { operationId, "x-cache": cache } = operation;
    const isShared = method === "get" && accessOf(document, operation) !== "required";
    if (isShared && cache === undefined) {
      throw new Error(`${operationId}: say under x-cache by which tags caches keep it, or why none does.`);
    }
    if (!Array.isArray(cache)) continue;
    if (!isShared) throw new Error(`${operationId}: x-cache is for reads that need no token.`);
    const unknown = cache.filter((tag) => ![...LISTS, ...THINGS].includes(tag));
    if (cache.length === 0 || unknown.length > 0) {
      throw new Error(`${operationId}: x-cache is a list of ${[...LISTS, ...THINGS].join(", ")}.`);
    }
    operation.responses["304"] = NOT_MODIFIED;
  }
  return document;
}
