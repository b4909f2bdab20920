// A receiver of telemetry: OTLP over HTTP, as JSON.

type Attribute = { key: string; value: Record<string, unknown> };

export type ReceivedSpan = {
  name: string;
  traceId: string;
  parentSpanId: string;
  kind: number;
  attributes: Record<string, unknown>;
  status: { code: number; message?: string };
};

/** How it responds: as it should, or never. */
export type CollectorManner = "fine" | "silent";

/** Receives what a process exports, as a process with `collector.environment` does. */
export function startCollector(manner: CollectorManner = "fine") {
  const bodies: string[] = [];
  const spans: ReceivedSpan[] = [];
  const metrics = new Set<string>();
  const stopping = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const text = await request.text();
    bodies.push(text);
    if (manner === "silent") await stopping.promise;
    const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(text);
    // deno-lint-ignore no-explicit-any -- as the protocol has it
    for (const { spans: sent } of resourceSpans.flatMap(({ scopeSpans }: any) => scopeSpans)) {
      for (const span of sent) spans.push({ ...span, attributes: valuesOf(span.attributes ?? []) });
    }
    // deno-lint-ignore no-explicit-any -- as the protocol has it
    for (const { metrics: sent } of resourceMetrics.flatMap(({ scopeMetrics }: any) => scopeMetrics)) {
      for (const { name } of sent) metrics.add(name);
    }
    return Response.json({});
  });
  return {
    bodies,
    spans,
    metrics,
    /** What a process needs to export to it. */
    environment: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_TIMEOUT: "1000",
      // A collection that is due while Deno flushes to a collector that hangs never ends (measured with 2.9.6).
      ...(manner === "fine" ? { OTEL_METRIC_EXPORT_INTERVAL: "500" } : {}),
    },
    async stop() {
      stopping.resolve();
      await server.shutdown();
    },
  };
}

const valuesOf = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
