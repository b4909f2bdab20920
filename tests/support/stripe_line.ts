import type { TestShop } from "./shop.ts";

/** The line between a shop and the stand-in for Stripe, for a shop whose `STRIPE_API_URL` leads to that port. */
export type StripeLine = {
  /** Every request is answered as by a gateway that finds nobody. */
  isDown: boolean;
  /** What disputes are said to be, whatever the stand-in knows; null for its own word. */
  disputeStatus: string | null;
  /** Sees each request on its way, and may change what it asks for. */
  onRequest: (url: URL) => void;
  close(): Promise<void>;
};

export function openStripeLine(shop: TestShop, port: number): StripeLine {
  const server = Deno.serve({ port, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    if (line.isDown) {
      await request.body?.cancel();
      return new Response("no upstream", { status: 502 });
    }
    const url = new URL(request.url);
    line.onRequest(url);
    const { pathname, search } = url;
    const answer = await fetch(new Request(`${shop.sandbox.origin}${pathname}${search}`, request));
    if (line.disputeStatus === null || !pathname.startsWith("/v1/disputes/")) return answer;
    return Response.json({ ...await answer.json(), status: line.disputeStatus });
  });
  const line: StripeLine = {
    isDown: false,
    disputeStatus: null,
    onRequest: () => {},
    close: () => server.shutdown(),
  };
  return line;
}
