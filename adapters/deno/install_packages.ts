// `deno task packages`: installs the packages of deno.lock if any are missing. Tasks that a newcomer runs first
// depend on it, because `deno task` itself would list about three hundred names. It imports no package.

const isFirst = !(await Deno.stat("node_modules").then(() => true, () => false));
if (isFirst) console.log("Installing packages for the first time, which may take a minute …");
const begun = Date.now();
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["install", "--quiet"],
  stdin: "null",
}).spawn().status;
if (!success) Deno.exit(1);
if (isFirst) console.log(`Packages are installed after ${Math.round((Date.now() - begun) / 1000)} s.`);
