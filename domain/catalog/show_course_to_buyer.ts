import type { Caller } from "../accounts/ports.ts";
import { type CheckingDeps, checkOrders } from "../settlement/check_order.ts";
import type { Catalog } from "./ports.ts";
import { type CourseView, showCourse } from "./show_course.ts";

type Deps = CheckingDeps & {
  catalog: Catalog;
  /** Told when the payment could not be looked up; the course is shown all the same. */
  onFailure(error: unknown): void;
};

/**
 * A course as `showCourse` shows it. To somebody who seems not to have bought it and has an order of it under way, after
 * the payment provider was asked: who comes back from paying may be faster than the provider's event.
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
