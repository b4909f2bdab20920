import assert from "node:assert/strict";
import { deviceName } from "../../adapters/bowser/device_name.ts";

const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
for (
  const [userAgent, name] of [
    ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/126.0.0.0 Safari/537.36`,
      "Chrome on Windows",
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/120.0 Safari/537.36 Edg/120.0`,
      "Microsoft Edge on Windows",
    ],
    [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} HeadlessChrome/120.0 Safari/537.36`, "Chrome on Linux"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1",
      "Safari on iOS",
    ],
    ["Firefox/1.0", "Firefox"],
    ["curl/8.5.0", "curl"],
    ["", "Unknown device"],
    ["(?)", "Unknown device"],
  ] as const
) {
  Deno.test(`deviceName calls ${userAgent || "no user agent"} ${name}`, () => {
    assert.equal(deviceName(userAgent), name);
  });
}
