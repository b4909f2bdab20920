import type { NoticeData, NoticeKind } from "../../domain/notifications/ports.ts";

const usd = (amount: bigint) => ({ amount, currency: "usd" });
const shop = "https://11-tutors.com";
const course = `${shop}/courses/linear-algebra-for-engineers`;
const orderId = "7b3a2f56-6f0e-4f4c-9a34-2f6b1f0a9c11";

/** Sample data for every kind of notice, for the preview and for tests. */
export const SAMPLES: { [Kind in NoticeKind]: NoticeData[Kind] } = {
  welcome: { coursesUrl: `${shop}/courses` },
  verify_email: { url: "https://api.11-tutors.com/api/auth/verify-email/?token=sample", validHours: 24 },
  confirm_email_change: {
    url: "https://api.11-tutors.com/api/auth/confirm-email/?token=sample",
    newEmail: "maya.silva@example.com",
    validHours: 24,
  },
  email_changed: { formerEmail: "maya@example.com", newEmail: "m***@example.org", shopUrl: shop },
  reset_password: { url: `${shop}/reset-password?token=sample`, validMinutes: 60 },
  choose_password: {
    url: "https://api.11-tutors.com/api/auth/reset-password/?token=sample",
    validDays: 14,
    isMerged: true,
  },
  password_changed: { shopUrl: shop },
  new_sign_in: {
    device: "Firefox on Windows",
    at: new Date("2026-03-01T08:15:00Z"),
    shopUrl: shop,
  },
  tutor_invitation: {
    courseTitle: "Linear Algebra for Engineers",
    invitedBy: "Elena Fischer",
    sharePercent: 40,
    url: `${shop}/dashboard/creator`,
  },
  order_confirmation: {
    orderId,
    lines: [
      { title: "Linear Algebra for Engineers", price: usd(4900n) },
      {
        title: "Quantum Mechanics: a First Encounter with Waves, Spins and Measurements",
        price: usd(12900n),
      },
    ],
    discount: usd(1780n),
    tax: usd(0n),
    total: usd(16020n),
    opened: [
      "Linear Algebra for Engineers",
      "Quantum Mechanics: a First Encounter with Waves, Spins and Measurements",
    ],
    learnUrl: course,
  },
  payment_processing: { orderId, titles: ["Linear Algebra for Engineers"], total: usd(4900n) },
  payment_failed: {
    orderId,
    titles: ["Linear Algebra for Engineers", "Cell Biology Essentials"],
    total: usd(8800n),
    retryUrl: course,
  },
  refund: {
    orderId,
    titles: ["Linear Algebra for Engineers"],
    amount: usd(4900n),
    ended: ["Linear Algebra for Engineers"],
  },
  access_granted: {
    courseTitle: "Linear Algebra for Engineers",
    until: new Date("2026-09-01T00:00:00Z"),
    courseUrl: course,
  },
  access_ending: {
    courseTitle: "Linear Algebra for Engineers",
    until: new Date("2026-03-08T00:00:00Z"),
    courseUrl: course,
  },
  access_ended: { courseTitle: "Linear Algebra for Engineers", why: "expired", courseUrl: course },
  course_update: {
    courseTitle: "Linear Algebra for Engineers",
    author: "Elena Fischer",
    title: "New lesson: singular values",
    text:
      "Dear all,\n\nthe lesson on singular values is online. It uses the bridge of lesson 7, so have that at hand.\n\nBest wishes\nElena",
    courseUrl: course,
  },
  tutor_digest: {
    day: "2026-02-28",
    sales: [
      { title: "Linear Algebra for Engineers", count: 3, earned: usd(14700n) },
      { title: "Signals and Systems", count: 1, earned: usd(5900n) },
    ],
    comments: [{
      courseTitle: "Linear Algebra for Engineers",
      lessonTitle: "Eigenvalues of a vibrating bridge",
      author: "Maya Silva",
      excerpt: "Why is the matrix symmetric here? In lesson 4 it was not.",
    }],
    dashboardUrl: `${shop}/dashboard`,
  },
  operator_alert: {
    subject: "3 payments need a review",
    text:
      "Orders 7b3a2f56, 19ad11c0 and 9f00b1d2 were paid with other amounts than quoted.\nRun `deno task invariants`.",
  },
};
