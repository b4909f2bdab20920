import { type Rows, signedIn, type World } from "./table.ts";

const EVENTS = ["order.paid"];

async function endpoint({ sql }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into webhook_endpoints (url, event_types, secret)
    values ('https://hooks.example/', ${EVENTS}::text[], 'whsec_') returning id`;
  return row!.id;
}

async function delivery(world: World): Promise<string> {
  const [row] = await world.sql<{ id: string }[]>`
    with message as (insert into webhook_messages (type, data) values ('webhook.test', '{}') returning id)
    insert into webhook_deliveries (message_id, endpoint_id, state)
    select id, ${await endpoint(world)}, 'failed' from message returning id`;
  return row!.id;
}

const forAdministrators = (status: number) => signedIn(403, { administrator: status });
const path = async (world: World, rest = "") => ({
  path: `/api/webhooks/endpoints/${await endpoint(world)}/${rest}`,
});

export const webhooksRows: Rows<
  | "listWebhookEndpoints"
  | "createWebhookEndpoint"
  | "getWebhookEndpoint"
  | "updateWebhookEndpoint"
  | "deleteWebhookEndpoint"
  | "rotateWebhookSecret"
  | "testWebhookEndpoint"
  | "listWebhookDeliveries"
  | "replayWebhookDelivery"
> = {
  listWebhookEndpoints: {
    ask: () => ({ path: "/api/webhooks/endpoints/" }),
    answers: forAdministrators(200),
  },
  createWebhookEndpoint: {
    ask: () => ({
      path: "/api/webhooks/endpoints/",
      body: { url: "https://hooks.example/", events: EVENTS },
    }),
    answers: forAdministrators(201),
  },
  getWebhookEndpoint: { ask: (world) => path(world), answers: forAdministrators(200) },
  updateWebhookEndpoint: {
    ask: async (world) => ({ ...await path(world), body: { description: "Accounting" } }),
    answers: forAdministrators(200),
  },
  deleteWebhookEndpoint: { ask: (world) => path(world), answers: forAdministrators(204) },
  rotateWebhookSecret: {
    ask: async (world) => ({ ...await path(world, "rotate/"), body: {} }),
    answers: forAdministrators(200),
  },
  testWebhookEndpoint: { ask: (world) => path(world, "test/"), answers: forAdministrators(202) },
  listWebhookDeliveries: {
    ask: () => ({ path: "/api/webhooks/deliveries/" }),
    answers: forAdministrators(200),
  },
  replayWebhookDelivery: {
    ask: async (world) => ({ path: `/api/webhooks/deliveries/${await delivery(world)}/replay/` }),
    answers: forAdministrators(202),
  },
};
