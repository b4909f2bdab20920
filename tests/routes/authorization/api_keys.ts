import { type Caller, maker, type Rows, signedIn, type World } from "./table.ts";

/** A key that the teacher created, or the caller while they taught. */
async function keyPath({ sql, people }: World, caller: Caller): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into api_keys (owner_id, name, start, scopes, secret_hash)
    values (${people[maker(caller)].id}, 'a key', '11t_test_', '{catalog:read}', ${
    crypto.getRandomValues(new Uint8Array(32))
  })
    returning id`;
  return `/api/auth/api-keys/${row!.id}/`;
}

export const apiKeysRows: Rows<"listApiKeys" | "createApiKey" | "rotateApiKey" | "revokeApiKey"> = {
  listApiKeys: {
    ask: () => ({ path: "/api/auth/api-keys/" }),
    answers: signedIn(403, { tutor: 200, administrator: 200, teacher: 200 }),
  },
  createApiKey: {
    ask: () => ({ path: "/api/auth/api-keys/", body: { name: "Accounting", scopes: ["orders:read"] } }),
    answers: signedIn(403, { tutor: 201, administrator: 201, teacher: 201 }),
  },
  rotateApiKey: {
    ask: async (world, caller) => ({ path: `${await keyPath(world, caller)}rotate/`, body: {} }),
    answers: signedIn(403, { tutor: 404, administrator: 404, teacher: 200, formerCoTutor: 200 }),
  },
  revokeApiKey: {
    ask: async (world, caller) => ({ path: await keyPath(world, caller) }),
    answers: signedIn(403, { tutor: 404, administrator: 204, teacher: 204, formerCoTutor: 204 }),
  },
};
