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

/** What is read of an export, which is of one kind. */
type Export = {
  resourceSpans?: {
    scopeSpans: { spans: (Omit<ReceivedSpan, "attributes"> & { attributes?: Attribute[] })[] }[];
  }[];
  resourceMetrics?: { scopeMetrics: { metrics: { name: string }[] }[] }[];
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
    const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(text) as Export;
    for (const { spans: sent } of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans)) {
      for (const span of sent) spans.push({ ...span, attributes: valuesOf(span.attributes ?? []) });
    }
    for (const { metrics: sent } of resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)) {
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
