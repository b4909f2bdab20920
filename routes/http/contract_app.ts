import { OpenAPIHono } from "@hono/zod-openapi";
import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Caller } from "../../domain/accounts/ports.ts";
import type { Scope } from "../../domain/api_keys/ports.ts";
import { DomainError, invalidFields } from "../../domain/errors.ts";
import { countCall } from "../../domain/limits/count_call.ts";
import type { LimitName, Limits } from "../../domain/limits/ports.ts";
import type { Faults } from "../../domain/operations/ports.ts";
import {
  capabilities,
  type Operations,
  places,
  readForm,
} from "../../openapi/generated/server/operations.ts";
import { lazily } from "../../domain/lazily.ts";
import { PRIVATE, type PublicAnswer, publicAnswer, replyPublicly } from "./caching.ts";
import { invalidInput } from "./field_messages.ts";
import { readParts } from "./form.ts";
import { requireSoundJson } from "./json_body.ts";
import { MESSAGE_PAGE_POLICY } from "./message_page.ts";
import { problem } from "./problems.ts";
import { refusalPage, type Shop } from "./refusal_page.ts";
import { reply, type Transport, varyOn } from "./reply.ts";
import {
  type BodyPatience,
  bodyReader,
  type IncomingBody,
  requireDeclaredLength,
  SlowBody,
  textOf,
} from "./request_body.ts";
import { sharedAnswers } from "./shared_answers.ts";
import { type TransportOptions, useTransport } from "./transport.ts";

export type OperationId = keyof Operations;

type CallerOf<Access> = Access extends "required" ? Caller : Access extends "optional" ? Caller | null : null;

/** The input of an operation's handler: validated parameters and body, and the caller. */
export type ContractRequest<Id extends OperationId> = {
  params: Operations[Id]["params"];
  query: Operations[Id]["query"];
  body: Operations[Id]["body"];
  /** The files of a form. */
  files: Operations[Id]["files"];
  /** Null if the operation is open to anyone, or if it may be called anonymously and was. */
  caller: CallerOf<Operations[Id]["access"]>;
  /** The raw body, for operations that verify a signature over it; empty for all others. */
  rawBody: string;
  header(name: string): string | null;
  /** The base URL of this API for clients, without a trailing slash. */
  origin: string;
  /** The requested path, without the query. */
  path: string;
  /** The client's IP address. */
  ipAddress: string;
  userAgent: string;
  /** Identifies this request in logs, problems and the audit log. */
  requestId: string;
  /** Whether the client has disconnected, so that long work can stop. */
  isGone(): boolean;
};

type Answers<Id extends OperationId> = Operations[Id]["answers"];

/** The ids of the things that a response shows, for operations whose responses caches keep by them. */
type CacheTags<Id extends OperationId> = [Operations[Id]["tagged"]] extends [never] ? unknown
  : { tags: Record<Operations[Id]["tagged"], string[]> };

/** A handler's result: a status of the contract with its body. Problems are thrown. */
export type ContractAnswer<Id extends OperationId> =
  & { [Status in keyof Answers<Id>]: { status: Status; body: Answers<Id>[Status] } }[keyof Answers<Id>]
  & CacheTags<Id>;

/** One function per operation. None may return a response that the contract lacks. */
export type Handlers<Ids extends OperationId = OperationId> = {
  [Id in Ids]: (request: ContractRequest<Id>) => Promise<ContractAnswer<Id>>;
};

export type Capability = keyof typeof capabilities;
type OperationsOf<Name extends Capability> = Awaited<ReturnType<(typeof capabilities)[Name]>>;

/** Loads the handlers of a capability. The app needs all of them. */
export type CapabilityHandlers = {
  [Name in Capability]: () => Promise<Handlers<keyof OperationsOf<Name> & OperationId>>;
};

export type ContractOptions = TransportOptions & {
  /** The base URL of this API for clients, without a trailing slash; null: that of each request. */
  publicUrl: string | null;
  /** The shop named on refusal pages; without it, every refusal is a problem in JSON. */
  shop?: Shop;
  /** Limits for reading bodies; the defaults if left out. */
  patience?: BodyPatience;
  /**
   * Returns the caller; null for an invalid token, and with `sessionMustStand` also if the session or the account has
   * ended.
   */
  authenticate(token: string, operation: { sessionMustStand: boolean }): Promise<Caller | null>;
  /**
   * Returns the caller who uses an API key for an operation with this scope (null: it takes no keys); null if the key
   * does not work. Throws DomainError `insufficient_scope` if it is for other operations.
   */
  useKey(secret: string, scope: Scope | null): Promise<Caller | null>;
  /** Returns whether an error means that the database is temporarily unreachable. */
  isOutage(error: unknown): boolean;
  /** Is told of errors that nobody foresaw. */
  faults?: Faults;
  /** Counts the calls of operations that declare limits. */
  limits: Pick<Limits, "count">;
  /** Resolves once operations can be performed; rejects with why not. By default they always can. */
  ready?(): Promise<void>;
};

const KIB = 1024;
/** The maximum size of a request body, and of a form's texts, in bytes. Signed webhooks are larger than typed input. */
const BODY_LIMIT = { raw: 1024 * KIB, other: 64 * KIB, texts: 512 * KIB };
const MEDIA_TYPES: Record<string, string> = {
  "application/json": "as JSON, with Content-Type: application/json",
  "multipart/form-data": "as a form, with Content-Type: multipart/form-data; boundary=…",
};

const FORM = "multipart/form-data";
const JSON_TYPE = "application/json";

type EntryOf<Name extends Capability> = Name extends Capability ? OperationsOf<Name>[keyof OperationsOf<Name>]
  : never;
type OperationEntry = EntryOf<Capability>;
type Input = { body: unknown; files: object; rawBody: string };

type AnyAnswer = { status: number; body: unknown; tags?: Record<string, string[]> };
type AnyHandler = (request: unknown) => Promise<AnyAnswer>;

/**
 * Serves the contract's operations over HTTP: validation, authentication and errors in one place. A capability's
 * operations are loaded with the first request for one of them.
 */
export function contractApp(handlers: CapabilityHandlers, options: ContractOptions): OpenAPIHono<Transport> {
  const app = new OpenAPIHono<Transport>({ strict: false }); // with and without its trailing slash a path is the same
  useTransport(app, options, Object.values(places));
  const shared: Shared = { options, publicAnswers: sharedAnswers(), openBody: bodyReader(options.patience) };
  const rooms = Object.fromEntries(
    (Object.keys(capabilities) as Capability[]).map((name) => [
      name,
      lazily(async () => {
        const [entries, performed] = await Promise.all([capabilities[name](), handlers[name]()]);
        return capabilityApp(entries, performed as unknown as Record<string, AnyHandler>, shared);
      }),
    ]),
  ) as Record<Capability, () => Promise<OpenAPIHono<Transport>>>;
  for (const [id, { method, path, capability }] of Object.entries(places)) {
    app.on(method, [honoPath(path)], async (c) => {
      c.set("route", path);
      c.set("operation", id);
      const isReady = capability === "operations" ? null : options.ready?.();
      const [room] = await Promise.all([rooms[capability](), isReady]); // the first time, each takes a while
      return await room.fetch(c.req.raw, { outer: c });
    });
  }

  app.onError((error, c) => {
    const refuse: typeof problem = c.get("answersPage") && options.shop ? refusalPage(options.shop) : problem;
    if (error instanceof DomainError) {
      return refuse(c, error.code, error.message, { details: error.details });
    }
    if (error instanceof SlowBody) {
      const detail = "The body did not arrive in time. Send the request again.";
      return refuse(c, "request_timeout", detail, { headers: { connection: "close" } });
    }
    options.log.error("request failed", {
      requestId: c.get("requestId"),
      path: c.get("route"),
      error: error.stack ?? String(error),
    });
    if (options.isOutage(error)) {
      return refuse(c, "vendor_unavailable", "The shop is unavailable at the moment. Please try again.", {
        details: { retryAfter: 5 },
      });
    }
    options.faults?.report({
      error,
      requestId: c.get("requestId"),
      operation: c.get("operation"),
      userId: c.get("caller")?.id,
    });
    return refuse(c, "internal_error", "Something went wrong on our side. It has been logged.");
  });
  return app;
}

type Shared = {
  options: ContractOptions;
  publicAnswers: ReturnType<typeof sharedAnswers<PublicAnswer>>;
  openBody: ReturnType<typeof bodyReader>;
};

/** The variables of a request that the app of its capability takes over, and those that it reports back. */
const TAKEN = ["requestId", "headers", "path", "ipAddress", "edgeSeconds"] as const;
const REPORTED = ["answersPage", "caller"] as const;

/** Creates the app of one capability. Its errors are those of the app that it is called by. */
function capabilityApp(
  entries: Record<string, OperationEntry>,
  handlers: Record<string, AnyHandler>,
  { options, publicAnswers, openBody }: Shared,
): OpenAPIHono<Transport> {
  const app = new OpenAPIHono<Transport>({
    strict: false,
    defaultHook(result) {
      if (!result.success) {
        throw invalidInput(result.error, result.target === "json" ? "body" : result.target);
      }
    },
  });
  app.onError((error) => {
    throw error;
  });
  app.use(async (c, next) => {
    const outer = c.env!.outer!;
    for (const name of TAKEN) c.set(name, outer.get(name) as never);
    try {
      await next();
    } finally {
      for (const name of REPORTED) outer.set(name, c.get(name) as never);
    }
  });
  for (const [id, entry] of Object.entries(entries)) {
    const { route, access, cacheTags } = entry;
    const limits: readonly LimitName[] = entry.limits;
    const handler = handlers[id]!;
    const personalHeaders = cacheTags ? { ...PRIVATE, ...varyOn("Authorization") } : PRIVATE;
    // The caller is known before any byte of the body is read. Declared lengths are checked here, the rest in
    // `inputOf`.
    app.on(route.method, [honoPath(route.path)], async (c, next) => {
      c.set("answersPage", entry.answersPage);
      requireDeclaredLength(c.req.header("content-length"), mostBytes(c, entry));
      c.set("caller", access === "open" ? null : await callerOf(c, entry, options));
      requireAcceptedType(c, entry);
      await next();
    });
    const { body: _, ...parameters } = { body: undefined, ...route.request };
    app.openapi(
      { ...route, request: parameters, path: withoutSlash(route.path) } as RouteConfig,
      async (c) => {
        const valid = (part: string) => refuseNul(c.req.valid(part as never) as unknown);
        const params = "params" in route.request ? valid("param") : {};
        const query = "query" in route.request ? valid("query") : {};
        const caller = c.get("caller");
        const incoming = openBody(c.req.raw, {
          maxBytes: mostBytes(c, entry),
          sender: { isSignedIn: caller !== null, id: caller?.id ?? c.get("ipAddress") },
        });
        const signal = entry.form && c.req.raw.signal; // a shared response never shows a state from before the request
        const ipAddress = c.get("ipAddress");
        const counted = () =>
          limits.length > 0
            ? countCall(options.limits, { limits, callerId: caller?.id ?? null, ipAddress })
            : null;
        // Large bodies are counted before they are read, typed input once it is known to be valid.
        const isLarge = entry.rawBody || isOfType(c, FORM);
        const answer = async () => {
          if (isLarge) await counted();
          const input = await inputOf(c, entry, incoming);
          if (!isLarge) await counted();
          return await handler({
            params,
            query,
            ...input,
            caller,
            header: (name: string) => c.req.header(name) ?? null,
            origin: options.publicUrl ?? new URL(c.req.url).origin,
            path: c.get("path"),
            ipAddress,
            userAgent: c.req.header("user-agent") ?? "",
            requestId: c.get("requestId"),
            isGone: () => signal?.aborted ?? false,
          });
        };
        if (cacheTags && caller === null) {
          const shared = await publicAnswers(c.req.url, async () => publicAnswer(await answer(), cacheTags));
          return replyPublicly(c, shared);
        }
        try {
          return respond(c, await answer(), { ...personalHeaders });
        } finally {
          incoming.release();
        }
      },
    );
  }
  return app;
}

/**
 * Returns the maximum size of a request's body in bytes: the contract's limit for files if the operation accepts any.
 */
function mostBytes(c: Context<Transport>, { rawBody, maxBytes, accepts, form }: OperationEntry): number {
  if (rawBody) return maxBytes ?? BODY_LIMIT.raw;
  if (accepts.length === 0) return Infinity; // nothing reads it
  return maxBytes !== null && (form === null || isOfType(c, FORM)) ? maxBytes : BODY_LIMIT.other;
}

/** Returns whether a request has no body and the operation does not require one. */
const lacksBody = (c: Context<Transport>, { mayLackBody }: OperationEntry) =>
  mayLackBody && !c.req.header("content-type");

function requireAcceptedType(c: Context<Transport>, entry: OperationEntry): void {
  const { accepts } = entry;
  if (accepts.length > 0 && !lacksBody(c, entry) && !accepts.some((type) => isOfType(c, type))) {
    const ways = accepts.map((type) => MEDIA_TYPES[type]).join(", or ");
    throw new DomainError("invalid_input", `Send the body ${ways}.`);
  }
}

const isOfType = (c: Context<Transport>, type: string) =>
  (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase() === type;

/** Reads the body as the operation accepts it, and validates it against the contract. */
async function inputOf(c: Context<Transport>, entry: OperationEntry, incoming: IncomingBody): Promise<Input> {
  if (entry.rawBody) return { body: {}, files: {}, rawBody: await textOf(incoming) };
  if (entry.form && isOfType(c, FORM)) {
    return { ...await formOf(c, entry, entry.form, incoming), rawBody: "" };
  }
  if (!("body" in entry.route.request) || lacksBody(c, entry)) return { body: {}, files: {}, rawBody: "" };
  const parsed = (entry.route.request.body.content[JSON_TYPE].schema as z.ZodType).safeParse(
    requireSoundJson(await textOf(incoming)),
  );
  if (!parsed.success) throw invalidInput(parsed.error, "body");
  return { body: refuseNul(parsed.data), files: {}, rawBody: "" };
}

/** Returns a form's fields, validated by the schema of the operation's body, and its files. */
async function formOf(
  c: Context<Transport>,
  entry: OperationEntry,
  form: NonNullable<OperationEntry["form"]>,
  incoming: IncomingBody,
) {
  const mostText = Math.min(mostBytes(c, entry), BODY_LIMIT.texts);
  const parts = await readParts(c.req.header("content-type")!, incoming.chunks(), { mostText });
  const { body, files, errors } = readForm(parts, form.fields);
  const parsed = form.body.safeParse(body);
  const refusal = parsed.success ? null : invalidInput(parsed.error, "body");
  const fields = { ...refusal?.details.fields, ...errors };
  if (Object.keys(fields).length > 0) {
    throw invalidFields(fields);
  }
  return { body: refuseNul(parsed.data), files };
}

/** Refuses NUL characters, which PostgreSQL's text cannot hold and people do not type. */
function refuseNul(input: unknown, field = ""): unknown {
  if (typeof input === "string" && input.includes("\0")) {
    const fields = { [field]: ["This may not contain the character NUL."] };
    throw invalidFields(fields);
  }
  if (typeof input === "object" && input !== null) {
    for (const [key, value] of Object.entries(input)) refuseNul(value, field ? `${field}.${key}` : key);
  }
  return input;
}

const KEY_PREFIX = "11t_";

async function callerOf(
  c: Context<Transport>,
  { access, sessionMustStand, scope }: OperationEntry,
  { authenticate, useKey }: ContractOptions,
): Promise<Caller | null> {
  const header = c.req.header("authorization");
  if (!header && access === "optional") return null;
  const token = header?.match(/^Bearer +(\S+)$/i)?.[1];
  if (token?.startsWith(KEY_PREFIX)) {
    const owner = await useKey(token, scope);
    if (owner) return owner;
    throw new DomainError("not_authenticated", "This API key is unknown, was revoked or has expired.");
  }
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

/** Builds the response: JSON, except for pages (the only text) and receipts (the only bytes). */
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

/** Removes the trailing slash. Hono, if not strict, removes it from requested paths, but not from registered ones. */
const withoutSlash = (path: string) => path.replace(/\/$/, "");

const honoPath = (path: string) => withoutSlash(path).replace(/\{(\w+)\}/g, ":$1");
