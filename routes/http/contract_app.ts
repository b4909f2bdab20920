import { isIP } from "node:net";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { RouteConfig } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Caller } from "../../domain/accounts/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import { countCall } from "../../domain/limits/count_call.ts";
import type { LimitName, Limits } from "../../domain/limits/ports.ts";
import { type Operations, operations, readForm } from "../../openapi/generated/operations.ts";
import { PRIVATE, type PublicAnswer, publicAnswer, replyPublicly } from "./caching.ts";
import { invalidInput } from "./field_messages.ts";
import { requireSoundJson } from "./json_body.ts";
import { MESSAGE_PAGE_POLICY } from "./message_page.ts";
import { problem } from "./problems.ts";
import { reply, type Transport, varyOn } from "./reply.ts";
import { sharedAnswers } from "./shared_answers.ts";
import { type TransportOptions, useTransport } from "./transport.ts";

export type OperationId = keyof Operations;

type CallerOf<Access> = Access extends "required" ? Caller : Access extends "optional" ? Caller | null : null;

/** What the handler of an operation is given: validated input, and who asks from where. */
export type ContractRequest<Id extends OperationId> = {
  params: Operations[Id]["params"];
  query: Operations[Id]["query"];
  body: Operations[Id]["body"];
  /** The files that came with a form. */
  files: Operations[Id]["files"];
  /** Null when the operation is open to anyone, or when it may be called anonymously and was. */
  caller: CallerOf<Operations[Id]["access"]>;
  /** The body as it came, for operations that verify a signature over it; empty for all others. */
  rawBody: string;
  header(name: string): string | null;
  /** Where clients reach this API, without a trailing slash. */
  origin: string;
  /** The path asked for, without the query. */
  path: string;
  /** The client's network address. */
  address: string;
  userAgent: string;
  /** Names this request in logs, problems and the audit log. */
  requestId: string;
};

type Answers<Id extends OperationId> = Operations[Id]["answers"];

/** What a handler may answer: a status of the contract with the body that belongs to it. Problems are thrown. */
export type ContractAnswer<Id extends OperationId> = {
  [Status in keyof Answers<Id>]: { status: Status; body: Answers<Id>[Status] };
}[keyof Answers<Id>];

/** One function per operation. Every one is needed to make the app; none may answer what the contract lacks. */
export type Handlers<Ids extends OperationId = OperationId> = {
  [Id in Ids]: (request: ContractRequest<Id>) => Promise<ContractAnswer<Id>>;
};

export type ContractOptions = TransportOptions & {
  /** Where clients reach this API, without a trailing slash; null: as each request was addressed. */
  publicUrl: string | null;
  /** How many proxies stand before this server and append to X-Forwarded-For. */
  trustedProxies?: number;
  /** Null for a token that does not stand; where the session must, also once it or the account has ended. */
  authenticate(token: string, operation: { sessionMustStand: boolean }): Promise<Caller | null>;
  /** Whether an error means that the database cannot be reached, which passes. */
  isOutage(error: unknown): boolean;
  /** Counts the calls of operations that name limits. */
  limits: Pick<Limits, "count">;
};

const KIB = 1024;
/** Bytes that a request body may have. A signed webhook is larger than what people type. */
const BODY_LIMIT = { raw: 1024 * KIB, other: 64 * KIB };
const MEDIA_TYPES: Record<string, string> = {
  "application/json": "as JSON, with Content-Type: application/json",
  "multipart/form-data": "as a form, with Content-Type: multipart/form-data; boundary=…",
};

const FORM = "multipart/form-data";
const JSON_TYPE = "application/json";

type OperationEntry = (typeof operations)[OperationId];

type AnyAnswer = { status: number; body: unknown };
type AnyHandler = (request: unknown) => Promise<AnyAnswer>;

/** The contract's operations as an HTTP application: validation, authentication and errors in one place. */
export function contractApp(handlers: Handlers, options: ContractOptions): OpenAPIHono<Transport> {
  const app = new OpenAPIHono<Transport>({
    strict: false, // a path with and without its trailing slash is the same
    defaultHook(result) {
      if (!result.success) {
        throw invalidInput(result.error, result.target === "json" ? "body" : result.target);
      }
    },
  });
  const addresses = Object.values(operations).map(({ route }) => ({
    method: route.method.toUpperCase(),
    pattern: pathPattern(route.path),
  }));
  useTransport(
    app,
    options,
    (path) => addresses.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method),
  );

  const publicAnswers = sharedAnswers<PublicAnswer>();
  for (const [id, entry] of Object.entries(operations) as [OperationId, OperationEntry][]) {
    const { route, access, rawBody, accepts } = entry;
    const limits: readonly LimitName[] = entry.limits;
    const handler = handlers[id] as unknown as AnyHandler;
    const personalHeaders = entry.isPublic ? { ...PRIVATE, ...varyOn("Authorization") } : PRIVATE;
    app.on(
      route.method,
      [honoPath(route.path)],
      ...(accepts.length > 0 || rawBody ? [limitBody(entry)] : []),
      async (c, next) => {
        c.set("caller", access === "open" ? null : await callerOf(c, entry, options.authenticate));
        const lacksBody = entry.mayLackBody && !c.req.header("content-type");
        if (accepts.length > 0 && !lacksBody && !accepts.some((type) => isOfType(c, type))) {
          const ways = accepts.map((type) => MEDIA_TYPES[type]).join(", or ");
          throw new DomainError("invalid_input", `Send the body ${ways}.`);
        }
        if (accepts.length > 0 && isOfType(c, JSON_TYPE)) requireSoundJson(await c.req.text());
        await next();
      },
    );
    app.openapi({ ...route, path: withoutSlash(route.path) } as RouteConfig, async (c) => {
      const valid = (part: string) => refuseNul(c.req.valid(part as never) as unknown);
      const address = clientAddress(c, options.trustedProxies ?? 0);
      if (limits.length > 0) {
        await countCall(options.limits, { limits, callerId: c.get("caller")?.id ?? null, address });
      }
      const { body, files } = entry.form && isOfType(c, FORM)
        ? await formOf(c, entry.form)
        : { body: "body" in route.request ? valid("json") : {}, files: {} };
      const answer = async () =>
        await handler({
          params: "params" in route.request ? valid("param") : {},
          query: "query" in route.request ? valid("query") : {},
          body,
          files,
          caller: c.get("caller"),
          rawBody: rawBody ? await c.req.text() : "",
          header: (name: string) => c.req.header(name) ?? null,
          origin: options.publicUrl ?? new URL(c.req.url).origin,
          path: c.get("path"),
          address,
          userAgent: c.req.header("user-agent") ?? "",
          requestId: c.get("requestId"),
        });
      if (entry.isPublic && c.get("caller") === null) {
        const shared = await publicAnswers(c.req.url, async () => publicAnswer((await answer()).body));
        return replyPublicly(c, shared);
      }
      return respond(c, await answer(), { ...personalHeaders });
    });
  }

  app.onError((error, c) => {
    if (error instanceof DomainError) {
      return problem(c, error.code, error.message, { details: error.details });
    }
    options.log.error("request failed", {
      requestId: c.get("requestId"),
      path: c.get("path"),
      error: error.stack ?? String(error),
    });
    if (options.isOutage(error)) {
      return problem(c, "vendor_unavailable", "The shop is not available just now. Please try again.", {
        details: { retryAfter: 5 },
      });
    }
    return problem(c, "internal_error", "Something went wrong on our side. It has been noted.");
  });
  return app;
}

/** Refuses a body that is too large, before anything reads it; only a form may be as large as an operation allows for files. */
function limitBody({ rawBody, maxBytes }: OperationEntry): MiddlewareHandler<Transport> {
  const limited = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError() {
        const most = maxSize < 1024 * KIB ? `${maxSize / KIB} KiB` : `${maxSize / KIB / KIB} MiB`;
        throw new DomainError("body_too_large", `The body is too large: at most ${most} are accepted.`);
      },
    });
  const ordinary = limited(rawBody ? BODY_LIMIT.raw : BODY_LIMIT.other);
  const large = maxBytes === null ? ordinary : limited(maxBytes);
  return (c, next) => (isOfType(c, FORM) ? large : ordinary)(c, next);
}

const isOfType = (c: Context<Transport>, type: string) =>
  (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase() === type;

/** A form's fields, held against the schema of the operation's body, and its files. */
async function formOf(c: Context<Transport>, form: NonNullable<OperationEntry["form"]>) {
  let data: FormData;
  try {
    data = await c.req.formData();
  } catch {
    throw new DomainError("invalid_input", "The body is not a valid form.");
  }
  const { body, files, errors } = await readForm(data, form.fields);
  const parsed = form.body.safeParse(body);
  const refusal = parsed.success ? null : invalidInput(parsed.error, "body");
  const fields = { ...refusal?.details.fields, ...errors };
  if (Object.keys(fields).length > 0) {
    throw new DomainError("invalid_input", "Check the fields named under errors.", { fields });
  }
  return { body: refuseNul(parsed.data), files };
}

/** PostgreSQL's text has no NUL, and no text that people mean to send has one. */
function refuseNul(input: unknown, field = ""): unknown {
  if (typeof input === "string" && input.includes("\0")) {
    const fields = { [field]: ["This may not contain the character NUL."] };
    throw new DomainError("invalid_input", "Check the fields named under errors.", { fields });
  }
  if (typeof input === "object" && input !== null) {
    for (const [key, value] of Object.entries(input)) refuseNul(value, field ? `${field}.${key}` : key);
  }
  return input;
}

async function callerOf(
  c: Context<Transport>,
  { access, sessionMustStand }: OperationEntry,
  authenticate: ContractOptions["authenticate"],
): Promise<Caller | null> {
  const header = c.req.header("authorization");
  if (!header && access === "optional") return null;
  const token = header?.match(/^Bearer +(\S+)$/i)?.[1];
  const caller = token ? await authenticate(token, { sessionMustStand }) : null;
  if (!caller) {
    throw new DomainError(
      "not_authenticated",
      header
        ? "The access token is invalid or has expired, or its session has ended. Refresh it or sign in again."
        : "Sign in: send an access token as Authorization: Bearer <token>.",
    );
  }
  return caller;
}

/** The contract's answers are JSON, but for pages, which are its only text, and receipts, its only bytes. */
function respond(
  c: Context<Transport>,
  { status, body }: AnyAnswer,
  headers: Record<string, string>,
): Response {
  if (body === undefined) return reply(c, null, { status, headers });
  if (body instanceof Uint8Array) {
    headers["content-type"] = "application/pdf";
    return reply(c, body as Uint8Array<ArrayBuffer>, { status, headers });
  }
  if (typeof body === "string") {
    headers["content-type"] = "text/html; charset=utf-8";
    headers["content-security-policy"] = MESSAGE_PAGE_POLICY;
    return reply(c, body, { status, headers });
  }
  headers["content-type"] = "application/json";
  return reply(c, JSON.stringify(body), { status, headers });
}

/**
 * The address that the outermost trusted proxy saw: each appends to X-Forwarded-For whom it speaks for, so it is counted from the end,
 * and what a client wrote there itself is never reached. Without trusted proxies, the connection's address as Deno.serve tells
 * it; empty where there is no connection, as in `app.request`.
 */
function clientAddress(c: Context<Transport>, trustedProxies: number): string {
  const connection = c.env?.remoteAddr?.hostname ?? "";
  if (trustedProxies === 0) return connection;
  const forwarded = c.req.header("x-forwarded-for")?.split(",").map((address) => address.trim()) ?? [];
  const told = forwarded.at(-trustedProxies) ?? "";
  return isIP(told) === 0 ? connection : told;
}

/** Hono, when not strict, takes the slash off the paths that are asked for, not off those it is told. */
const withoutSlash = (path: string) => path.replace(/\/$/, "");

const honoPath = (path: string) => withoutSlash(path).replace(/\{(\w+)\}/g, ":$1");

const pathPattern = (path: string) => new RegExp(`^${withoutSlash(path).replace(/\{\w+\}/g, "[^/]+")}/?$`);
