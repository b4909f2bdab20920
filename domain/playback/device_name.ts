/** Derives a recognisable name of a device from its user agent, such as `Firefox on Windows`. */
export function deviceName(userAgent: string): string {
  const find = (names: [string, RegExp][]) => names.find(([, pattern]) => pattern.test(userAgent))?.[0];
  // Browsers also claim to be their predecessors: the more specific name comes first.
  const browser = find([
    ["Edge", /Edg(e|A|iOS)?\//],
    ["Opera", /OPR\//],
    ["Samsung Internet", /SamsungBrowser\//],
    ["Firefox", /(Firefox|FxiOS)\//],
    ["Chrome", /(Chrome|CriOS)\//],
    ["Safari", /Safari\//],
  ]);
  const system = find([
    ["iPhone", /iPhone/],
    ["iPad", /iPad/],
    ["Android", /Android/],
    ["Windows", /Windows/],
    ["Mac", /Macintosh/],
    ["ChromeOS", /CrOS/],
    ["Linux", /Linux/],
  ]);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? "another device";
}
