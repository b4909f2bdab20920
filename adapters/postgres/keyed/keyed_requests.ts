import type { KeyedRequest, KeyedRequests } from "../../../domain/keyed/ports.ts";
import type { Queries } from "../queries.ts";

/** Returns the results of requests with an idempotency key, in PostgreSQL. Stores only a digest of their content. */
export function postgresKeyedRequests(sql: Queries): KeyedRequests {
  const isIt = ({ callerId, operation, target, key }: KeyedRequest) =>
    sql`caller_id = ${callerId} and operation = ${operation} and target = ${target} and key = ${key}`;
  return {
    async claim(request) {
      const { callerId, operation, target, key, content } = request;
      const claimed = await sql`
        insert into keyed_requests (caller_id, operation, target, key, content_digest)
        values (${callerId}, ${operation}, ${target}, ${key}, sha256(convert_to(${content}, 'UTF8')))
        on conflict do nothing returning key`;
      if (claimed.length > 0) return "new";
      const [row] = await sql<{ answerId: string; isSame: boolean }[]>`
        select answer_id as "answerId",
          coalesce(content_digest = sha256(convert_to(${content}, 'UTF8')), true) as "isSame"
        from keyed_requests where ${isIt(request)}`;
      return row!;
    },

    async keep(request, answerId) {
      await sql`update keyed_requests set answer_id = ${answerId} where ${isIt(request)}`;
    },
  };
}
