import type { AuditLog } from "../../domain/audit/ports.ts";
import { addCategory, changeCategory, removeCategory } from "../../domain/catalog/change_categories.ts";
import type { Catalog, Categories, CountedCategory } from "../../domain/catalog/ports.ts";
import { orNotFound } from "../../domain/errors.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { CategoryWithCount } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

type Deps = {
  catalog: Pick<Catalog, "categories" | "category">;
  transaction: Transaction<{ categories: Categories; audit: AuditLog }>;
};
type Operations = "listCategories" | "createCategory" | "getCategory" | "updateCategory" | "deleteCategory";

/** Serves categories: everyone may read them, administrators may change them. */
export const categoryRoutes = (deps: Deps): Handlers<Operations> => ({
  async listCategories(request) {
    const { count, categories } = await deps.catalog.categories(rangeOf(request.query));
    return { status: 200, body: pageOf(request, count, categories.map(toWire)) };
  },

  async createCategory({ caller, requestId, body }) {
    return { status: 201, body: toWire(await addCategory(deps, { caller, requestId, ...body })) };
  },

  async getCategory({ params }) {
    const category = orNotFound(await deps.catalog.category(params.slug), "category");
    return { status: 200, body: toWire(category) };
  },

  async updateCategory({ caller, requestId, params, body }) {
    const changed = await changeCategory(deps, { caller, requestId, slugOrId: params.slug, change: body });
    return { status: 200, body: toWire(changed) };
  },

  async deleteCategory({ caller, requestId, params }) {
    await removeCategory(deps, { caller, requestId, slugOrId: params.slug });
    return { status: 204, body: undefined };
  },
});

function toWire({ id, name, slug, courseCount }: CountedCategory): CategoryWithCount {
  return { id, name, slug, course_count: courseCount };
}
