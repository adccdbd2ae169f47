// Weighs what a browser loads until the first object row of Browse: every body that the portal sends for it, as it is
// served to a browser that takes brotli. Prints them by file and, with `--budget`, fails above the bar.
//
// What S3 and Lambda send is not in it, nor is the answer with the credentials: those are data, and not the portal.
import { request } from "node:http";
import { signIn, withSandbox } from "./sandbox.mjs";

/** What the build may not pass. */
const BAR = 180_000;
const PAGE = "/browse?role=analyst&bucket=reports&prefix=team%2F";

/** The body as it is on the wire, not yet decoded. */
function get(url, headers) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { accept: "text/html,*/*", "accept-encoding": "gzip, deflate, br", ...headers } }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, encoding: answer.headers["content-encoding"] ?? "none", body: Buffer.concat(chunks) }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

const { parts, later } = await withSandbox(async ({ balancer }) => {
  const cookie = await signIn(balancer, "analyst");
  const page = await get(balancer + PAGE, { cookie });
  const { brotliDecompressSync, gunzipSync } = await import("node:zlib");
  const decoded = { br: brotliDecompressSync, gzip: gunzipSync, none: (body) => body }[page.encoding](page.body).toString();
  if (page.status !== 200 || !decoded.includes("</html>")) throw new Error(`Browse answered ${page.status} with ${decoded.length} bytes`);

  // Whatever the page names: style sheets, scripts, preloads, and what its inline script hydrates with. What a script
  // imports at once belongs to it; what it imports later does not.
  const named = [...decoded.matchAll(/["'(](\/[\w./-]+\.(?:js|mjs|wasm|css))["')?]/g)].map(([, path]) => path);
  const paths = [...new Set(named)].sort();
  for (const kind of ["css", "js", "wasm"]) {
    if (!paths.some((path) => path.endsWith(`.${kind}`))) throw new Error(`the page names no ${kind}: ${paths.join(", ")}`);
  }
  const parts = [{ name: "HTML of /browse", ...page }];
  for (const path of paths) {
    const part = await get(balancer + path, {});
    if (part.status !== 200) throw new Error(`${path} answered ${part.status}`);
    if (part.encoding !== "br") throw new Error(`${path} is not served as brotli`);
    parts.push({ name: path, ...part });
    if (!path.endsWith(".js")) continue;
    const script = brotliDecompressSync(part.body).toString();
    for (const [, imported] of script.matchAll(/\b(?:import|export)\b[^;"'()]*?["'](\.{1,2}\/[^"']+)["']/g)) {
      const at = new URL(imported, `http://portal${path}`).pathname;
      if (!paths.includes(at)) paths.push(at);
    }
  }
  // What is loaded when it is wanted.
  const later = [];
  const manifest = await get(`${balancer}/pkg/__wasm_split_manifest.json`, {});
  const found = manifest.encoding === "br" ? brotliDecompressSync(manifest.body) : manifest.body;
  for (const [, name] of found.toString().matchAll(/"([\w.-]*split_[\w-]+)(?:\.wasm)?"/g)) {
    const part = await get(`${balancer}/pkg/${name}.wasm`, {});
    if (part.status !== 200) throw new Error(`${name}.wasm answered ${part.status}`);
    later.push({ name: `/pkg/${name}.wasm`, ...part });
  }
  return { parts, later };
});

console.log("First view, bytes as served until the first object row of Browse:");
for (const { name, body, encoding } of parts) console.log(`${String(body.length).padStart(9)}  ${name} (${encoding})`);
const total = parts.reduce((sum, { body }) => sum + body.length, 0);
console.log(`${String(total).padStart(9)}  together; the bar is ${BAR}`);
console.log("Parts that are loaded when they are wanted:");
for (const { name, body, encoding } of later) console.log(`${String(body.length).padStart(9)}  ${name} (${encoding})`);
if (process.argv.includes("--budget") && total > BAR) {
  console.error(`error: the first view is ${total - BAR} bytes over its bar`);
  process.exitCode = 1;
}
