// What must not compile. `deno check` reports a @ts-expect-error under which nothing is wrong.
import assert from "node:assert/strict";
import type { ErrorCode } from "../../../domain/errors.ts";
import type { Handlers } from "../../../routes/http/contract_app.ts";
import type { PROBLEMS } from "../../../routes/http/problems.ts";

Deno.test("an operation without a handler does not compile", () => {
  // @ts-expect-error getReady is missing
  const handlers: Handlers<"getHealth" | "getReady"> = {
    getHealth: () => Promise.resolve({ status: 200, body: { status: "ok" } }),
  };
  assert.ok(handlers);
});

Deno.test("a body that the contract lacks does not compile", () => {
  const handlers: Handlers<"getHealth"> = {
    // @ts-expect-error the contract says "ok"
    getHealth: () => Promise.resolve({ status: 200, body: { status: "fine" } }),
  };
  assert.ok(handlers);
});

Deno.test("a status that the contract lacks does not compile", () => {
  const handlers: Handlers<"getHealth"> = {
    // @ts-expect-error the contract knows 200 only
    getHealth: () => Promise.resolve({ status: 202, body: { status: "ok" } }),
  };
  assert.ok(handlers);
});

Deno.test("the caller of an operation for anyone may be null, or it does not compile", () => {
  const handlers: Pick<Handlers, "listCategories"> = {
    listCategories({ caller }) {
      // @ts-expect-error the caller may be null
      const id: string | undefined = caller.id;
      return Promise.resolve({
        status: 200,
        body: {
          count: 0,
          next: null,
          previous: null,
          results: [{ id: id ?? "", name: "", slug: "", course_count: 0 }],
        },
      });
    },
  };
  assert.ok(handlers);
});

Deno.test("an error code without a status does not compile", () => {
  type Row = { status: 400; title: string };
  // @ts-expect-error every code of the domain needs a row
  const problems: Record<ErrorCode, Row> = {} satisfies Partial<Record<keyof typeof PROBLEMS, Row>>;
  assert.ok(problems);
});
