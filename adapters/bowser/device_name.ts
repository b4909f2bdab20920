import bowser from "bowser";

/**
 * Returns a readable name of a device, such as `Firefox on Linux`; for a program its own name, else `Unknown device`.
 */
export function deviceName(userAgent: string): string {
  if (userAgent.trim() === "") return "Unknown device";
  const { browser, os } = bowser.parse(userAgent);
  if (browser.name && os.name) return `${browser.name} on ${os.name}`;
  return browser.name || userAgent.match(/^[\w.-]{2,40}/)?.[0] || "Unknown device";
}
