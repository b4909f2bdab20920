import type { Caller } from "../accounts/ports.ts";
import { type CheckingDeps, checkOrders } from "../settlement/check_order.ts";
import type { Catalog } from "./ports.ts";
import { type CourseView, showCourse } from "./show_course.ts";

type Deps = CheckingDeps & {
  catalog: Catalog;
  /** Called if the payment could not be looked up. The course is returned anyway. */
  onFailure(error: unknown): void;
};

/**
 * Returns a course as `showCourse` does. For a viewer without access who has an open order for it, the payment provider
 * is asked first: a buyer may return from paying before the provider's event arrives.
 */
export async function showCourseToBuyer(
  deps: Deps,
  input: { slugOrId: string; viewer: Caller | null },
): Promise<CourseView> {
  const view = await showCourse(deps, input);
  const { viewer } = input;
  if (viewer === null || view.course.isEnrolled || !view.course.isBeingBought) return view;
  try {
    const settled = await checkOrders(deps, { studentId: viewer.id, courseId: view.course.id });
    return settled ? await showCourse(deps, input) : view;
  } catch (error) {
    deps.onFailure(error);
    return view;
  }
}
