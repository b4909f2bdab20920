import type { Authoring } from "../domain/authoring/ports.ts";
import { decimalAmount, type Money } from "../domain/money.ts";
import type { Statistics, TutorCourse } from "../domain/statistics/ports.ts";
import {
  listTutorCourses,
  showCourseStatistics,
  showTutorStatistics,
} from "../domain/statistics/show_statistics.ts";
import type { TutorCourse as WireCourse } from "../openapi/generated/server/types.gen.ts";
import type { Handlers } from "./http/contract_app.ts";
import { thumbnailUrl } from "./wire/pictures.ts";
import { pageOf, rangeOf } from "./http/pages.ts";

type Deps = { authoring: Authoring; statistics: Statistics };

/** Serves course statistics. Every figure is a number, because the frontend calculates with them. */
export const statisticsRoutes = (
  deps: Deps,
): Handlers<"getQuickStatistics" | "listTutorCourses" | "getCourseStatistics"> => ({
  async getQuickStatistics({ caller }) {
    const figures = await showTutorStatistics(deps, { caller });
    return {
      status: 200,
      body: {
        total_earnings: majorUnits(figures.earnings),
        currency: figures.earnings.currency,
        other_earnings: figures.otherEarnings.map((earnings) => ({
          currency: earnings.currency,
          earnings: majorUnits(earnings),
        })),
        active_students: figures.activeStudents,
        published_courses: figures.publishedCourses,
        draft_courses: figures.draftCourses,
        average_rating: figures.averageRating ?? 0,
        total_reviews: figures.reviews,
        recent_enrollments: figures.recentEnrollments,
        monthly_earnings: figures.months.map(({ month, earnings, students }) => ({
          month,
          earnings: majorUnits(earnings),
          students,
        })),
        course_performance: figures.courses.map(({ earnings, rating, ...course }) => ({
          ...course,
          rating: rating ?? 0,
          earnings: majorUnits(earnings),
          currency: earnings.currency,
        })),
      },
    };
  },

  async listTutorCourses(request) {
    const { caller, origin, query } = request;
    const { count, courses } = await listTutorCourses(deps, { caller, range: rangeOf(query) });
    return {
      status: 200,
      body: pageOf(request, count, courses.map((course) => toWireCourse(origin, course))),
    };
  },

  async getCourseStatistics({ params, caller }) {
    const { course, statistics } = await showCourseStatistics(deps, { caller, slugOrId: params.slug });
    const { students } = statistics;
    return {
      status: 200,
      body: {
        course: course.id,
        title: course.title,
        students,
        active_students: statistics.activeStudents,
        started_students: statistics.startedStudents,
        completed_students: statistics.completedStudents,
        completion_percent: percent(statistics.completedStudents, students),
        watched_seconds: statistics.watchedSeconds,
        earnings: majorUnits(statistics.earnings),
        currency: statistics.earnings.currency,
        comments: statistics.comments,
        rating: statistics.rating,
        stars: statistics.stars,
        lessons: statistics.lessons.map(({ started, completed, watchedSeconds, ...lesson }) => ({
          ...lesson,
          started,
          completed,
          started_percent: percent(started, students),
          completed_percent: percent(completed, students),
          watched_seconds: watchedSeconds,
          average_watched_seconds: started === 0 ? 0 : Math.round(watchedSeconds / started),
        })),
      },
    };
  },
});

function toWireCourse(origin: string, course: TutorCourse): WireCourse {
  return {
    id: course.id,
    slug: course.slug,
    title: course.title,
    description: course.description,
    thumbnail: thumbnailUrl(origin, course.thumbnailKey),
    price: decimalAmount(course.price),
    currency: course.price.currency,
    is_published: course.isPublished,
    updated_at: course.updatedAt.toISOString(),
    students_count: course.students,
    lessons_count: course.lessons,
    reviews_count: course.reviews,
    rating: course.rating,
    earnings: majorUnits(course.earnings),
  };
}

/** Converts to major units for charts and sums. Amounts owed are computed in minor units. */
const majorUnits = (money: Money) => Number(decimalAmount(money));

const percent = (part: number, whole: number) => whole === 0 ? 0 : Math.floor(part * 100 / whole);
