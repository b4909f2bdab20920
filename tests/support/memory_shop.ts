import type {
  NewUser,
  Passwords,
  PasswordStrength,
  Sessions,
  Tokens,
  User,
  Users,
} from "../../domain/accounts/ports.ts";
import type {
  Offer,
  Offers,
  Order,
  OrderHistory,
  Orders,
  PaymentPage,
  Payments,
} from "../../domain/checkout/ports.ts";
import type { Limits } from "../../domain/limits/ports.ts";
import type { Visits } from "../../domain/analytics/ports.ts";
import type { Job, Jobs } from "../../domain/jobs.ts";
import type { Promotions } from "../../domain/promotions/ports.ts";
import type { Alerts } from "../../domain/operations/ports.ts";
import type { SessionEvidence } from "../../domain/settlement/evidence.ts";
import type { Books, OrderFacts } from "../../domain/settlement/ports.ts";
import type { Transaction } from "../../domain/transaction.ts";

export const NOW = new Date("2026-03-01T12:00:00Z");
export const STUDENT = "student-1";
const UNSETTLED = ["created", "open", "processing"];

type State = {
  users: (User & { passwordHash: string })[];
  sessions: { id: string; userId: string; expiresAt: Date; revoked: boolean }[];
  orders: Order[];
  /** One entry per order line that was granted. */
  grants: string[];
  jobs: Job[];
  /** Of which it is known that their page can be paid no more. */
  closedPages: string[];
};

type Stores = {
  users: Users;
  sessions: Sessions;
  orders: Orders;
  offers: Offers;
  promotions: Promotions;
  books: Books;
  alerts: Alerts;
  visits: Visits;
  jobs: Jobs;
};

/** A shop in memory that keeps the ports' promises for one request at a time; transactions roll back when they throw. */
export function memoryShop(start: { offers?: Offer[]; orders?: Order[] } = {}) {
  let state: State = {
    users: [],
    sessions: [],
    orders: structuredClone(start.orders ?? []),
    grants: [],
    jobs: [],
    closedPages: [],
  };
  const offersOnSale = start.offers ?? [];
  const openedPages: { key: string; order: Order }[] = [];
  const closedPages: string[] = [];
  let ids = 0;
  const nextId = (kind: string) => `${kind}-${++ids}`;
  const orderOf = (id: string) => state.orders.find((order) => order.id === id) ?? null;

  const users: Users = {
    add: (user) => Promise.resolve(emailTaken(user) ? null : insertUser(user, null)),
    byId: (id) => Promise.resolve(state.users.find((user) => user.id === id) ?? null),
    credentials(by) {
      const user = state.users.find((user) => "id" in by ? user.id === by.id : user.email === by.email);
      return Promise.resolve(user ? { user, passwordHash: user.passwordHash, version: 1 } : null);
    },
    changeProfile(id, change) {
      const user = state.users.find((user) => user.id === id);
      return Promise.resolve(user ? Object.assign(user, change) : null);
    },
    markEmailVerified(id, email) {
      const user = state.users.find((user) => user.id === id && user.email === email);
      const isNew = user?.emailVerifiedAt === null;
      if (isNew) user.emailVerifiedAt = NOW;
      return Promise.resolve(isNew);
    },
    setPendingEmail: unsupported,
    confirmPendingEmail: unsupported,
    setPassword: unsupported,
    rehash: unsupported,
    upsertVerified(user) {
      const known = state.users.find(({ email }) => email === user.email);
      return Promise.resolve(
        known ? Object.assign(known, { ...user, emailVerifiedAt: NOW }) : insertUser(user, NOW),
      );
    },
  };
  function emailTaken({ email }: NewUser) {
    return state.users.some((user) => user.email === email);
  }
  function insertUser(user: NewUser, emailVerifiedAt: Date | null): User {
    const id = nextId("user");
    const row = {
      ...user,
      id,
      username: "",
      phone: "",
      language: "en" as const,
      avatarKey: null,
      pendingEmail: null,
      deactivatedAt: null,
      emailVerifiedAt,
      createdAt: NOW,
      updatedAt: NOW,
    };
    state.users.push(row);
    return row;
  }

  const sessions: Sessions = {
    open({ userId, expiresAt }) {
      const id = nextId("session");
      state.sessions.push({ id, userId, expiresAt, revoked: false });
      return Promise.resolve({ id, isNewDevice: false });
    },
    use(signInId, now) {
      const session = state.sessions.find(({ id }) => id === signInId);
      const stands = session && !session.revoked && session.expiresAt > now;
      return stands ? users.byId(session.userId) : Promise.resolve(null);
    },
    roleOf: unsupported,
    byId: unsupported,
    owner: unsupported,
    list: unsupported,
    end: unsupported,
    endAll: unsupported,
    knowsIpAddress: unsupported,
    purge(before) {
      const kept = state.sessions.filter(({ expiresAt }) => expiresAt >= before);
      const gone = state.sessions.length - kept.length;
      state.sessions = kept;
      return Promise.resolve(gone);
    },
  };

  const orders: Orders = {
    lockOpen: (studentId, courseIds) =>
      Promise.resolve(
        structuredClone(state.orders.filter((order) =>
          order.studentId === studentId && UNSETTLED.includes(order.state) &&
          order.lines.some((line) => courseIds.includes(line.courseId))
        )),
      ),
    create({ studentId, lines, subtotal, pageExpiresAt }) {
      if (studentId === "deleted") return Promise.resolve(null);
      const order: Order = {
        id: nextId("order"),
        studentId,
        studentEmail: `${studentId}@example.com`,
        state: "created",
        lines: lines.map((line) => ({ ...line, id: nextId("line") })),
        subtotal,
        promotionCode: null,
        attempt: 1,
        page: null,
        settledSessionId: null,
        pageExpiresAt,
        createdAt: NOW,
      };
      state.orders.push(order);
      return Promise.resolve(structuredClone(order));
    },
    renew(orderId, pageExpiresAt) {
      const order = orderOf(orderId)!;
      Object.assign(order, { state: "created", attempt: order.attempt + 1, page: null, pageExpiresAt });
      return Promise.resolve(structuredClone(order));
    },
    lock: (orderId) => Promise.resolve(structuredClone(orderOf(orderId))),
    savePage(orderId, attempt, page) {
      const order = orderOf(orderId)!;
      if (order.state === "created" && order.attempt === attempt) {
        Object.assign(order, { state: "open", page });
      }
      return Promise.resolve();
    },
    abandon(orderId) {
      const order = orderOf(orderId)!;
      const waits = order.state === "created" || order.state === "open";
      if (waits) order.state = "expired";
      return Promise.resolve(waits);
    },
    lockUnneeded: (needs) =>
      Promise.resolve(
        structuredClone(state.orders.filter((order) =>
          (order.state === "created" || order.state === "open") && needs.some((need) =>
            need.studentId === order.studentId &&
            (need.courseId === null || order.lines.some(({ courseId }) =>
              courseId === need.courseId
            ))
          )
        )),
      ),
    unclosed: (studentId) =>
      Promise.resolve(
        structuredClone(state.orders.filter((order) =>
          order.studentId === studentId && order.state === "expired" && !state.closedPages.includes(order.id)
        )),
      ),
  };

  const history: OrderHistory = {
    byId: (orderId) => Promise.resolve(orderOf(orderId)),
    waitingInVain: () => Promise.resolve([]),
    status: () => Promise.resolve(null),
    payments: () => Promise.resolve({ count: 0, payments: [] }),
    payment: () => Promise.resolve(null),
  };

  const offers: Offers = {
    forStudent: (_studentId, courseIds) =>
      Promise.resolve(offersOnSale.filter((offer) => courseIds.includes(offer.courseId))),
  };

  const promotions = { lockByCode: () => Promise.resolve(null) } as Partial<Promotions> as Promotions;

  // As much of the books as an order needs that costs nothing; settling is tested on the database.
  const books = {
    facts: (order) => Promise.resolve(noFacts(order)),
    apply(order, standing) {
      orderOf(order.id)!.state = standing.state;
      state.grants.push(...standing.lines.map(({ id }) => id));
      return Promise.resolve({ endedGrantIds: [] });
    },
    dependents: () => Promise.resolve([]),
    competitors: () => Promise.resolve([]),
    lock: ({ orderId }) => Promise.resolve(structuredClone(orderOf(orderId!))),
    notePageClosed(orderId) {
      state.closedPages.push(orderId);
      return Promise.resolve();
    },
  } as Partial<Books> as Books;

  const alerts: Alerts = {
    raise: () => Promise.resolve({ times: 1 }),
    resolve: () => Promise.resolve(null),
  };

  // Nothing is measured in this shop.
  const visits: Visits = {
    noteOrder: unsupported,
    noteSignUp: unsupported,
    lockSale: unsupported,
    completion: unsupported,
    add: unsupported,
  };

  const jobs: Jobs = {
    add(...added) {
      state.jobs.push(...added);
      return Promise.resolve();
    },
  };

  const transaction: Transaction<Stores> = async (work) => {
    const before = structuredClone(state);
    try {
      return await work({ users, sessions, orders, offers, promotions, books, alerts, visits, jobs });
    } catch (error) {
      state = before;
      throw error;
    }
  };

  const payments: Payments = {
    openPage(order) {
      const key = `order:${order.id}:${order.attempt}`;
      openedPages.push({ key, order });
      return Promise.resolve(pageFor(order));
    },
    closePage({ id }) {
      closedPages.push(id);
      return Promise.resolve(null);
    },
  };

  const passwords: Passwords = {
    hash: (password) => Promise.resolve(`hash of ${password}`),
    verify: (password, hash) => Promise.resolve(hash === `hash of ${password}`),
    isOutdated: () => Promise.resolve(false),
  };
  const passwordStrength: PasswordStrength = { isGuessable: () => Promise.resolve(false) };
  const unlimited = () => Promise.resolve();
  const limits: Limits = { check: unlimited, count: unlimited, giveBack: unlimited, clear: unlimited };

  return {
    get state() {
      return state;
    },
    openedPages,
    closedPages,
    transaction,
    users,
    sessions,
    orders,
    offers,
    jobs,
    orderHistory: history,
    payments,
    settlementPolicy: { refundsMismatches: true },
    passwords,
    passwordStrength,
    limits,
    tokens: plainTokens(),
    clock: () => NOW,
    shopCurrency: "usd",
    measurement: null,
  };
}

/** What is tested on a real database. */
const unsupported = () => Promise.reject(new Error("the shop in memory does not do this"));

/** Tokens that anybody could forge: enough for rules that only pass them on. */
function plainTokens(): Tokens {
  const issue = (kind: string, claim: unknown) => Promise.resolve(JSON.stringify([kind, claim]));
  function read<Claim>(kind: string, token: string): Promise<Claim | null> {
    try {
      const [found, claim] = JSON.parse(token);
      return Promise.resolve(found === kind ? claim : null);
    } catch {
      return Promise.resolve(null);
    }
  }
  return {
    issueAccess: (caller) => issue("access", caller),
    readAccess: (token) => read("access", token),
    issueRefresh: ({ id, userId }) => issue("refresh", { signInId: id, userId }),
    readRefresh: (token) => read("refresh", token),
    issueLink: issue,
    readLink: read,
  };
}

function pageFor(order: Order): PaymentPage {
  const checkoutSessionId = `cs_${order.id}_${order.attempt}`;
  return { checkoutSessionId, url: `https://pay.example/${checkoutSessionId}` };
}

export function offer(courseId: string, changes: Partial<Offer> = {}): Offer {
  return {
    courseId,
    courseSlug: `${courseId}-slug`,
    title: `Course ${courseId}`,
    price: { amount: 4999n, currency: "usd" },
    otherPrices: [],
    isPublished: true,
    isOwned: false,
    isTaught: false,
    unfinished: null,
    ...changes,
  };
}

/** An order of one course at 49.99 USD, with its page open. */
export function openOrder(changes: Partial<Order> = {}): Order {
  const order: Order = {
    id: "order-a",
    studentId: STUDENT,
    studentEmail: "student-1@example.com",
    state: "open",
    lines: [{
      id: "line-a",
      courseId: "algebra",
      courseSlug: "algebra-slug",
      title: "Course algebra",
      amount: 4999n,
      discount: 0n,
    }],
    subtotal: { amount: 4999n, currency: "usd" },
    promotionCode: null,
    attempt: 1,
    page: null,
    settledSessionId: null,
    pageExpiresAt: new Date(NOW.getTime() + 3600_000),
    createdAt: NOW,
  };
  return { ...order, page: pageFor({ ...order, ...changes }), ...changes };
}

/** An order of which nothing is known but itself. */
export function noFacts(order: Order): OrderFacts {
  return {
    endedAs: null,
    isUnneeded: false,
    hasOtherOrders: true,
    account: "stands",
    former: { isPaid: false, flag: null },
    isFree: order.lines.every(({ amount, discount }) => amount === discount),
    pageIsClosed: false,
    code: null,
    sessions: [],
    refunds: [],
    disputes: [],
    lines: order.lines.map(({ id }) => ({
      id,
      discount: 0n,
      paid: null,
      refunded: 0n,
      courseExists: true,
      elsewhere: null,
      grant: null,
      noGrantReason: null,
    })),
    payment: {
      status: 1,
      reason: null,
      sessionId: null,
      paidAmount: 0n,
      refundedAmount: 0n,
      discountAmount: 0n,
      taxAmount: 0n,
      review: null,
    },
  };
}

/** Evidence that fits the order's present attempt in every respect. */
export function evidence(order: Order, changes: Partial<SessionEvidence> = {}): SessionEvidence {
  return {
    kind: "session",
    mode: "payment",
    orderId: order.id,
    studentId: order.studentId,
    sessionId: pageFor(order).checkoutSessionId,
    attempt: order.attempt,
    paymentIntentId: "pi_1",
    subtotal: order.subtotal,
    discount: 0n,
    tax: 0n,
    total: order.subtotal.amount,
    outcome: "paid",
    ...changes,
  };
}
