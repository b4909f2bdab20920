import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { DomainError, ERROR_CODES } from "../../../domain/errors.ts";
import document from "../../../openapi/generated/server/openapi.json" with { type: "json" };
import { byCapability, operations } from "../../support/operations.ts";
import { contractApp, type Handlers } from "../../../routes/http/contract_app.ts";
import { addDocs } from "../../../routes/docs.ts";
import { PROBLEMS } from "../../../routes/http/problems.ts";

const caller = { id: "u1", role: ROLE.student, signInId: "s1" };
const authenticate = (token: string) => Promise.resolve(token === "good" ? caller : null);

type LogLine = { level: string; message: string; fields: Record<string, unknown> };

/** The whole contract, with handlers that nobody calls but the few given. */
function testApp(given: Partial<Handlers> = {}, { trustedProxies = 0 } = {}) {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, fields: Record<string, unknown>) =>
    void lines.push({ level, message, fields });
  const unexpected = Object.fromEntries(
    Object.keys(operations).map((id) => [id, () => Promise.reject(new Error("secret detail"))]),
  ) as unknown as Handlers;
  const app = contractApp(byCapability({ ...unexpected, ...given }), {
    authenticate,
    limits: { count: () => Promise.resolve() },
    useKey: () => Promise.resolve(null),
    isOutage: (error) => error instanceof Error && error.message === "no database",
    corsOrigins: ["http://localhost:3000"],
    publicUrl: null,
    shop: { name: "11Tutors", frontendUrl: "https://shop.example" },
    trustedProxies,
    log: { info: at("info"), warn: at("warn"), error: at("error") },
  });
  addDocs(app);
  return { app, lines };
}

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

Deno.test("the contract's error codes are the domain's and those that only HTTP knows", () => {
  const published = document.components.schemas.Problem.properties.code.enum;
  assert.deepEqual([...published].sort(), Object.keys(PROBLEMS).sort());
  for (const code of ERROR_CODES) assert.ok(published.includes(code), code);
});

Deno.test("every operation of the contract answers, with and without a trailing slash", async () => {
  const { app } = testApp();
  for (const { route, access } of Object.values(operations)) {
    const path = route.path.replace(/\{\w+\}/g, "x").replace(/\/$/, "");
    for (const address of [path, `${path}/`]) {
      const response = await app.request(address, {
        method: route.method.toUpperCase(),
        headers: { "content-type": "application/json" },
        body: route.method === "get" ? undefined : "{}",
      });
      const expected = access === "required" ? [401] : [400, 500];
      assert.ok(expected.includes(response.status), `${address} answered ${response.status}`);
    }
  }
});

Deno.test("a handler gets the validated input, with numbers of the query as numbers", async () => {
  let seen: unknown;
  const { app } = testApp({
    listCourses(request) {
      seen = { query: request.query, caller: request.caller };
      return Promise.resolve({ status: 200, body: { count: 0, next: null, previous: null, results: [] } });
    },
  });
  const response = await app.request("/api/courses/courses/?page=3", {
    headers: { authorization: "Bearer good" },
  });
  assert.equal(response.status, 200);
  assert.deepEqual(seen, { query: { page: 3, page_size: 100 }, caller });
});

Deno.test("a field that the contract does not allow is named, when a request is refused", async () => {
  const { app } = testApp();
  const since = (moment: string) =>
    app.request(`/api/auth/audit-log/?since=${moment}`, { headers: { authorization: "Bearer good" } });
  const moment = "Use a UTC timestamp, such as 2027-01-31T18:00:00Z, or a day, such as 2027-01-31.";
  const cases: [Response | Promise<Response>, Record<string, string[]>][] = [
    [app.request("/api/courses/courses/?page=0"), { page: ["This must be at least 1."] }],
    [app.request("/api/courses/courses/?page=x"), { page: ["This must be a number."] }],
    [since("2026-02-30T00:00:00Z"), { since: [moment] }],
    [since("0000-01-01T00:00:00Z"), { since: [moment] }],
    [app.request("/api/auth/token/", json({ email: "a@example.com" })), {
      password: ["This field is required."],
    }],
    [
      app.request("/api/auth/users/", json({ email: "nobody", password: "short" })),
      { email: ["Enter a valid e-mail address."], password: ["Use at least 8 characters."] },
    ],
    [
      app.request("/api/auth/token/", json({ email: "a@example.com", password: "half\ud83d" })),
      { password: ["This contains an incomplete character (an unpaired surrogate)."] },
    ],
    [app.request("/api/courses/courses/", json({ title: "" }, { authorization: "Bearer good" })), {
      title: ["This field may not be blank."],
    }],
  ];
  for (const [answer, errors] of cases) {
    const response = await answer;
    const problem = await response.json();
    assert.equal(response.status, 400);
    assert.equal(problem.code, "invalid_input");
    assert.deepEqual(problem.errors, errors);
  }
});

Deno.test("a body that is not JSON is refused with what to do", async () => {
  const { app } = testApp();
  const form = await app.request("/api/auth/token/", {
    method: "POST",
    body: new URLSearchParams({ email: "a" }),
  });
  assert.equal(form.status, 400);
  assert.match((await form.json()).detail, /Content-Type: application\/json/);
  const broken = await app.request("/api/auth/token/", { ...json({}), body: "{" });
  assert.equal(broken.status, 400);
  const problem = await broken.json();
  assert.match(problem.detail, /not valid JSON/);
  assert.deepEqual(Object.keys(problem.errors), ["body"]);
});

Deno.test("a key that comes twice in one object is refused by name, wherever it is", async () => {
  const { app } = testApp();
  const cases = [
    ['{"email":"a@example.com","password":"x","email":"b@example.com"}', "email"],
    ['{"email":"a","password":"x","more":[{"a":1},{"a":1,"b":{"c":1,"c":2}}]}', "more.1.b.c"],
    ['{"email":"a","password":"x","pass\\u0077ord":"y"}', "password"],
  ] as const;
  for (const [body, field] of cases) {
    const response = await app.request("/api/auth/token/", { ...json({}), body });
    assert.equal(response.status, 400, body);
    assert.deepEqual(Object.keys((await response.json()).errors), [field]);
  }
});

Deno.test("a Host header that names no host is refused, and nothing breaks", async () => {
  const { app } = testApp();
  for (const host of ["a b<script>", "x@y:99999"]) {
    const request = new Request("http://localhost/api/courses/courses/");
    Object.defineProperty(request, "url", { value: `http://${host}/api/courses/courses/` });
    const response = await app.fetch(request);
    assert.equal(response.status, 400, host);
    assert.match((await response.json()).detail, /Host/);
  }
});

Deno.test("a body that is nested too deeply to be walked is refused", async () => {
  const { app } = testApp();
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const body = open.repeat(9000) + "1" + close.repeat(9000);
    const response = await app.request("/api/auth/token/", { ...json({}), body });
    assert.equal(response.status, 400);
    assert.deepEqual((await response.json()).errors, { body: ["This is nested too deeply."] });
  }
});

Deno.test("a required token that is missing or bad is a 401 that says so", async () => {
  const { app } = testApp();
  const attempts: Record<string, string>[] = [{}, { authorization: "Bearer bad" }, {
    authorization: "Basic Zm9v",
  }];
  for (const headers of attempts) {
    const response = await app.request("/api/auth/users/me/", { headers });
    assert.equal(response.status, 401);
    assert.equal((await response.json()).code, "not_authenticated");
    assert.match(response.headers.get("www-authenticate")!, /^Bearer/);
  }
});

Deno.test("a bad token is a 401 where signing in is optional, and ignored where it is of no use", async () => {
  const { app } = testApp({
    createToken: () => Promise.resolve({ status: 200, body: { access: "a", refresh: "r" } }),
  });
  const headers = { authorization: "Bearer stale" };
  assert.equal((await app.request("/api/courses/courses/", { headers })).status, 401);
  const signIn = await app.request(
    "/api/auth/token/",
    json({ email: "a@example.com", password: "x" }, headers),
  );
  assert.equal(signIn.status, 200);
});

Deno.test("a webhook's handler gets the body byte for byte", async () => {
  let raw = "";
  const { app } = testApp({
    stripeWebhook(request) {
      raw = request.rawBody;
      return Promise.resolve({ status: 200, body: { outcome: "ignore" } });
    },
  });
  const body = '{ "id":  "evt_1" }\n';
  const response = await app.request("/api/payments/stripe/webhook", { method: "POST", body });
  assert.equal(response.status, 200);
  assert.equal(raw, body);
});

Deno.test("a body beyond the limit is a 413: 64 KiB, and 1 MiB for a webhook", async () => {
  const { app } = testApp({
    stripeWebhook: () => Promise.resolve({ status: 200, body: { outcome: "ignore" } }),
  });
  const large = await app.request("/api/auth/token/", json({ email: "x".repeat(65 * 1024) }));
  assert.equal(large.status, 413);
  assert.equal((await large.json()).code, "body_too_large");
  const event = (size: number) => ({ method: "POST", body: "x".repeat(size) });
  assert.equal((await app.request("/api/payments/stripe/webhook/", event(65 * 1024))).status, 200);
  assert.equal((await app.request("/api/payments/stripe/webhook/", event(1024 * 1024 + 1))).status, 413);
});

Deno.test("the client's IP address is the connection's, or the one that the outermost trusted proxy saw", async () => {
  const seen: string[] = [];
  const addressOf = async (trustedProxies: number, forwarded: string) => {
    const { app } = testApp({
      getHealth({ ipAddress }) {
        seen.push(ipAddress);
        return Promise.resolve({ status: 200, body: { status: "ok" } });
      },
    }, { trustedProxies });
    const headers = { "x-forwarded-for": forwarded };
    await app.request("/health", { headers }, { remoteAddr: { hostname: "10.0.0.1" } });
    return seen.pop();
  };
  assert.equal(await addressOf(0, "203.0.113.9"), "10.0.0.1", "nobody is trusted");
  assert.equal(
    await addressOf(1, "203.0.113.9, 198.51.100.7"),
    "198.51.100.7",
    "what the client wrote is not",
  );
  assert.equal(await addressOf(2, "203.0.113.9, 2001:db8::1, 192.0.2.1"), "2001:db8::1");
  assert.equal(await addressOf(2, "192.0.2.1"), "10.0.0.1", "a proxy was passed by");
  assert.equal(await addressOf(1, "nonsense"), "10.0.0.1");
});

Deno.test("a refusal says when to retry", async () => {
  const { app } = testApp({
    createPayment: () => Promise.reject(new DomainError("vendor_unavailable", "Later.", { retryAfter: 7 })),
  });
  const response = await app.request(
    "/api/payments/payments/",
    json({ course_id: "x" }, { authorization: "Bearer good" }),
  );
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "7");
});

Deno.test("any refusal after following a link is a page in the reader's language, with its status and headers", async () => {
  const limit = { name: "follow_of_address", tries: 30, seconds: 900, reset: 60 };
  const tooMany = new DomainError("too_many_requests", "Wait.", { retryAfter: 60, limit });
  const refusals: [error: Error, status: number, text: RegExp][] = [
    [tooMany, 429, /слишком много попыток/],
    [new DomainError("vendor_unavailable", "Wait.", { retryAfter: 5 }), 503, /У нас неполадка/],
    [new Error("no database"), 503, /У нас неполадка/],
    [new Error("secret detail"), 500, /У нас неполадка/],
    [new DomainError("invalid_link", "Bad."), 400, /устарела/],
  ];
  const pages = Object.entries(operations).filter(([, { answersPage }]) => answersPage);
  assert.equal(pages.length, 8);
  for (const [id, { route, accepts }] of pages) {
    for (const [error, status, text] of refusals) {
      const { app } = testApp({ [id]: () => Promise.reject(error) });
      const form = new FormData();
      form.append("password", "correct-horse-battery");
      const ask = (query: string) =>
        app.request(`${route.path}${query}`, {
          method: route.method.toUpperCase(),
          headers: { "accept-language": "ru" },
          body: (accepts as readonly string[]).length > 0 ? form : undefined,
        });
      const response = await ask("?token=t");
      const page = await response.text();
      assert.deepEqual([response.status, response.headers.get("content-type")], [
        status,
        "text/html; charset=utf-8",
      ]);
      assert.match(page, text, id);
      assert.match(page, /<html lang="ru">[\s\S]*https:\/\/shop\.example/);
      assert.match(response.headers.get("content-security-policy")!, /default-src 'none'; style-src/);
      if (error === tooMany) {
        assert.equal(response.headers.get("retry-after"), "60");
        assert.match(response.headers.get("ratelimit")!, /follow_of_address/);
      }
      const cut = await ask("");
      assert.deepEqual([cut.status, /не полностью/.test(await cut.text())], [400, true], id);
    }
  }
});

Deno.test("a bug is a 500 with only the request id, under which the log has the details", async () => {
  const { app, lines } = testApp();
  const response = await app.request("/health", { headers: { "x-request-id": "abc-123" } });
  const text = await response.text();
  assert.equal(response.status, 500);
  assert.equal(JSON.parse(text).request_id, "abc-123");
  assert.equal(response.headers.get("x-request-id"), "abc-123");
  assert.ok(!text.includes("secret"));
  const error = lines.find(({ level }) => level === "error")!;
  assert.equal(error.fields.requestId, "abc-123");
  assert.match(String(error.fields.error), /secret detail/);
});

Deno.test("an unreachable database is a 503 that says to retry", async () => {
  const { app, lines } = testApp({ listCategories: () => Promise.reject(new Error("no database")) });
  const response = await app.request("/api/courses/categories/");
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "5");
  assert.ok(lines.some(({ level }) => level === "error"));
});

Deno.test("the character NUL, which the database cannot store, is refused with its field", async () => {
  const { app } = testApp();
  const body = await app.request(
    "/api/auth/users/",
    json({ email: "a@example.com", password: "12345678", first_name: "a\0" }),
  );
  assert.equal(body.status, 400);
  assert.ok((await body.json()).errors.first_name);
  const path = await app.request("/api/courses/courses/a%00/");
  assert.equal(path.status, 400);
  assert.ok((await path.json()).errors.slug);
});

Deno.test("an unknown path is a 404 and a wrong method a 405 that names the allowed ones", async () => {
  const { app } = testApp();
  const unknown = await app.request("/api/nothing/");
  assert.equal(unknown.status, 404);
  assert.equal(unknown.headers.get("content-type"), "application/problem+json");
  const wrong = await app.request("/health", { method: "DELETE" });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "GET, HEAD, OPTIONS");
});

Deno.test("the frontend's browser may read every response, including errors", async () => {
  const { app } = testApp();
  const origin = "http://localhost:3000";
  const preflight = await app.request("/api/auth/users/me/", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods")!, /GET.*POST.*PATCH.*DELETE.*OPTIONS/);
  assert.equal(
    preflight.headers.get("access-control-allow-headers"),
    "authorization,content-type,idempotency-key",
  );
  for (const path of ["/health", "/api/nothing/", "/api/auth/users/me/", "/api/courses/courses/?page=0"]) {
    const response = await app.request(path, { headers: { origin } });
    assert.ok(response.status >= 400);
    assert.equal(response.headers.get("access-control-allow-origin"), origin, path);
    const stranger = await app.request(path, { headers: { origin: "https://evil.example" } });
    assert.equal(stranger.headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("every response forbids framing, sniffing and running it", async () => {
  const { app } = testApp();
  const { headers } = await app.request("/api/nothing/");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.match(headers.get("content-security-policy")!, /default-src 'none'/);
});

Deno.test("the log has a line per request without the query, which may hold a token", async () => {
  const { app, lines } = testApp();
  await app.request("/api/auth/verify-email/?token=secret-token");
  const line = lines.find(({ message }) => message === "request")!;
  assert.equal(line.fields.path, "/api/auth/verify-email/");
  assert.ok(!JSON.stringify(lines).includes("secret-token"));
});

Deno.test("the contract is served, and not sent again while it is unchanged", async () => {
  const { app } = testApp();
  const response = await app.request("/openapi.json");
  assert.deepEqual(await response.json(), document);
  const again = await app.request("/openapi.json", {
    headers: { "if-none-match": response.headers.get("etag")! },
  });
  assert.equal(again.status, 304);
});

Deno.test("Swagger UI comes from its package, not from elsewhere", async () => {
  const { app } = testApp();
  assert.equal((await app.request("/")).headers.get("location"), "/docs");
  const page = await (await app.request("/docs")).text();
  const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
  assert.ok(assets.length >= 4);
  for (const asset of assets) {
    assert.match(asset, /^\/docs\//);
    const response = await app.request(asset);
    assert.equal(response.status, 200, asset);
    await response.arrayBuffer();
  }
  assert.equal((await app.request("/docs/package.json")).status, 404);
});
