/**
 * Whether Deno exports telemetry, as it does with OTEL_DENO=true and on Deno Deploy. It then registers itself here for
 * `@opentelemetry/api`.
 */
const isOn = Symbol.for("opentelemetry.js.api.1") in globalThis;

/** Loads telemetry, with the first call made safe; null if Deno exports none. Call it before anything is served. */
export async function loadTelemetry(): Promise<typeof import("./spans.ts") | null> {
  return isOn ? await import("./spans.ts") : null;
}
