import { DomainError } from "../../domain/errors.ts";
import type { SupportContact, SupportDesk, SupportEvent } from "../../domain/support/ports.ts";

type Options = { accessToken: string; apiUrl: string };

const TIMEOUT_MS = 5000;
const VERSION = "2.14";
/** The longest that a rate limit's reset is waited for, in seconds; its windows are of 10 s. */
const LONGEST_PAUSE_SECONDS = 60;

type Response = { status: number; body: Record<string, unknown> };

/**
 * Returns Intercom's contacts and events (https://developers.intercom.com, version 2.14). Its error texts name people, so
 * only their codes are passed on. Once its rate limit is used up, nothing is sent until the limit's reset.
 */
export function intercomDesk(
  { accessToken, apiUrl }: Options,
  { timeoutMs = TIMEOUT_MS, now = Date.now }: { timeoutMs?: number; now?: () => number } = {},
): SupportDesk {
  let pausedUntil = 0;

  async function ask(method: string, path: string, body?: object): Promise<Response> {
    if (now() < pausedUntil) throw unavailable("its rate limit is used up", pausedUntil - now());
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          "content-type": "application/json",
          "intercom-version": VERSION,
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      noteLimit(response);
      text = await response.text();
    } catch (error) {
      throw unavailable(error instanceof Error ? error.name : "no response");
    }
    if (status === 429) throw unavailable("429", pausedUntil - now());
    const parsed = parse(text);
    const isRefusal = status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 408;
    // An event's 202 is empty; whatever else is no JSON did not come from Intercom.
    if ((parsed && (status < 300 || isRefusal)) || (status === 202 && text === "")) {
      return { status, body: parsed ?? {} };
    }
    throw unavailable(String(status));
  }

  function noteLimit({ status, headers }: globalThis.Response): void {
    if (status !== 429 && headers.get("x-ratelimit-remaining") !== "0") return;
    const reset = Number(headers.get("x-ratelimit-reset")) * 1000; // seconds since 1970
    pausedUntil = Math.min(reset || now() + 10_000, now() + LONGEST_PAUSE_SECONDS * 1000);
  }

  return {
    async save(contact) {
      const fields = toContact(contact);
      const created = await ask("POST", "/contacts", fields);
      if (created.status !== 409) return savedOf(created);
      // The existing contact's id, and whether it is archived, is in the message and nowhere else.
      const { message } = firstError(created);
      const [, id] = message.match(/\bid=(\w+)/) ?? [];
      if (!id) return { refused: "409" };
      if (/\barchived\b/i.test(message)) await ask("POST", `/contacts/${id}/unarchive`);
      return savedOf(await ask("PUT", `/contacts/${id}`, fields));
    },

    async record(event) {
      const response = await ask("POST", "/events", toEvent(event));
      return response.status === 404 ? "no_contact" : outcomeOf(response);
    },

    async remove({ userId, contactId }) {
      const remove = (id: string) => ask("DELETE", `/contacts/${encodeURIComponent(id)}`);
      if (contactId !== null && (await remove(contactId)).status !== 404) return false;
      const found = await ask("GET", `/contacts/find_by_external_id/${encodeURIComponent(userId)}`);
      if (found.status === 404) return true;
      const { id } = found.body;
      if (found.status !== 200 || typeof id !== "string") throw unavailable(String(found.status));
      await remove(id);
      return false;
    },
  };
}

function toContact({ userId, email, name, role, signedUpAt }: SupportContact) {
  return {
    role: "user",
    external_id: userId,
    email,
    name,
    signed_up_at: inSeconds(signedUpAt),
    custom_attributes: { shop_role: role },
  };
}

function toEvent({ userId, name, at, course, orderId, amount }: SupportEvent) {
  return {
    event_name: name,
    created_at: inSeconds(at),
    user_id: userId,
    metadata: {
      ...(course === null ? {} : { course }),
      ...(orderId === null ? {} : { order_id: orderId }),
      ...(amount === null ? {} : { amount: { amount: Number(amount.amount), currency: amount.currency } }),
    },
  };
}

const inSeconds = (moment: Date) => Math.floor(moment.getTime() / 1000);

function savedOf(response: Response): { contactId: string } | { refused: string } {
  const { body: { id } } = response;
  return response.status < 300 && typeof id === "string"
    ? { contactId: id }
    : { refused: `${response.status} ${firstError(response).code}` };
}

function outcomeOf(response: Response) {
  const { status } = response;
  return status < 300 ? "done" as const : { refused: `${status} ${firstError(response).code}` };
}

/** Reads Intercom's list of errors: `{type: "error.list", errors: [{code, message}]}`. */
function firstError({ body: { errors } }: Response): { code: string; message: string } {
  const [error] = Array.isArray(errors) ? errors : [];
  return { code: String(error?.code ?? "").replace(/\W/g, ""), message: String(error?.message ?? "") };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const parsed = JSON.parse(text);
    return typeof parsed === "object" ? parsed : null;
  } catch {
    return null;
  }
}

function unavailable(reason: string, milliseconds = 0): DomainError {
  const retryAfter = Math.ceil(milliseconds / 1000);
  return new DomainError(
    "vendor_unavailable",
    `Intercom does not respond as expected: ${reason}`,
    retryAfter > 0 ? { retryAfter } : {},
  );
}
