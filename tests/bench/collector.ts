// A collector that takes everything and keeps nothing: `collector.ts <port>`.
Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1", onListen() {} }, async (request) => {
  await request.arrayBuffer();
  return Response.json({});
});
