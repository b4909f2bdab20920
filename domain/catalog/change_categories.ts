import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { DomainError, invalidFields, orNotFound } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { Categories, CategoryNames, CountedCategory } from "./ports.ts";
import { tidyText } from "../text.ts";

type Deps = { transaction: Transaction<{ categories: Categories; audit: AuditLog }> };
type AuditContext = { caller: Caller; requestId: string };

/** Adds a category, for an administrator. Without a slug it gets the first free one derived from its name. */
export async function addCategory(
  { transaction }: Deps,
  { caller, requestId, name, slug }: AuditContext & { name: string; slug?: string },
): Promise<CountedCategory> {
  requireAdministrator(caller);
  return await transaction(async ({ categories, audit }) => {
    await categories.takeTurn();
    const suggestion = suggestedSlug(name);
    const names = {
      name: tidyText(name),
      slug: slug ?? firstFree(suggestion, await categories.slugsLike(suggestion)),
    };
    await requireFree(categories, names, null);
    const category = await categories.add(names);
    await audit.record({
      ...actorOf(caller),
      action: "category.add",
      subject: { type: "category", id: category.id },
      after: names,
      requestId,
    });
    return category;
  });
}

/** Changes the given fields of a category, for an administrator. Its slug stays unless another is given. */
export async function changeCategory(
  { transaction }: Deps,
  { caller, requestId, slugOrId, change }: AuditContext & {
    slugOrId: string;
    change: Partial<CategoryNames>;
  },
): Promise<CountedCategory> {
  requireAdministrator(caller);
  return await transaction(async ({ categories, audit }) => {
    await categories.takeTurn();
    const category = await existing(categories, slugOrId);
    const before = { name: category.name, slug: category.slug };
    const after = {
      name: change.name === undefined ? before.name : tidyText(change.name),
      slug: change.slug ?? before.slug,
    };
    if (after.name === before.name && after.slug === before.slug) return category;
    await requireFree(categories, after, category.id);
    const changed = await categories.change(category.id, after);
    await audit.record({
      ...actorOf(caller),
      action: "category.change",
      subject: { type: "category", id: category.id },
      before,
      after,
      requestId,
    });
    return changed;
  });
}

/** Removes a category without courses, for an administrator. */
export async function removeCategory(
  { transaction }: Deps,
  { caller, requestId, slugOrId }: AuditContext & { slugOrId: string },
): Promise<void> {
  requireAdministrator(caller);
  await transaction(async ({ categories, audit }) => {
    await categories.takeTurn();
    const { id, name, slug } = await existing(categories, slugOrId);
    if (!(await categories.remove(id))) {
      throw new DomainError(
        "category_in_use",
        "This category still has courses. Move them to another one first, including drafts and archived courses.",
      );
    }
    await audit.record({
      ...actorOf(caller),
      action: "category.remove",
      subject: { type: "category", id },
      before: { name, slug },
      requestId,
    });
  });
}

async function existing(categories: Categories, slugOrId: string): Promise<CountedCategory> {
  const category = orNotFound(await categories.find(slugOrId), "category");
  return category;
}

async function requireFree(categories: Categories, names: CategoryNames, exceptId: string | null) {
  const taken = await categories.taken(names, exceptId);
  if (!taken) return;
  const fields = { [taken]: [`Another category has this ${taken} already.`] };
  throw invalidFields(fields);
}

/**
 * Derives a slug from a name. A slug is never a number, which would be an id, and a name without Latin letters yields
 * none.
 */
function suggestedSlug(name: string): string {
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/(^-|-$)/g, "");
  return /[a-z]/.test(slug) ? slug : ["category", slug].filter(Boolean).join("-");
}

function firstFree(slug: string, used: string[]): string {
  for (let number = 1;; number++) {
    const candidate = number === 1 ? slug : `${slug}-${number}`;
    if (!used.includes(candidate)) return candidate;
  }
}
