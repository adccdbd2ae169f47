// What a browser needs before the first object row of Browse: the bodies of HTML, JavaScript, wasm and CSS as served,
// by file. With `--budget` it fails when the sum is over the limit.
//
// Chromium says which files those are, so that none is forgotten that a script asks for; each is then weighed as it
// comes over the wire, which the browser's own figures do not tell for a body that is sent in chunks.
import { chromium } from "@playwright/test";
import { request } from "node:http";
import { withSandbox } from "./sandbox.mjs";

/** Where we want to be, in bytes. */
const BAR = 180_000;
/**
 * What the build may not pass. While it is above the bar the page is too large: views and signals are compiled once for
 * each of their types. Lower it with every gain; it never goes up.
 */
const LIMIT = 316_000;

const PAGE = "/browse?role=analyst&bucket=reports&prefix=team%2F";

/** The body as it is on the wire, not decoded. */
function weigh(url, headers) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { accept: "text/html,*/*", "accept-encoding": "gzip, deflate, br", ...headers } }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk) => (bytes += chunk.length));
      answer.on("end", () => resolve({ status: answer.statusCode, encoding: answer.headers["content-encoding"] ?? "none", bytes }));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

const measure = async ({ balancer }) => {
  const { CHROMIUM_PATH } = process.env;
  const browser = await chromium.launch({
    ...(CHROMIUM_PATH && { executablePath: CHROMIUM_PATH }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
  try {
    const context = await browser.newContext();
    await context.request.get(`${balancer}/sandbox/sign-in?as=analyst`);
    const page = await context.newPage();
    const paths = [];
    page.on("request", (asked) => {
      const { origin, pathname, search } = new URL(asked.url());
      // The answers of the API are data, and so are those of S3.
      if (origin === balancer && !pathname.startsWith("/api/")) paths.push(pathname + search);
    });
    await page.goto(balancer + PAGE);
    await page.getByRole("gridcell").first().waitFor();
    const cookie = (await context.cookies(balancer)).map(({ name, value }) => `${name}=${value}`).join("; ");
    return await Promise.all([...new Set(paths)].map(async (path) => ({ path, ...(await weigh(balancer + path, { cookie })) })));
  } finally {
    await browser.close();
  }
};

const files = await withSandbox(measure);
let total = 0;
console.log("first view of Browse, bodies as served:");
for (const { path, status, encoding, bytes } of files) {
  if (status !== 200 || bytes === 0) throw new Error(`${path} answered ${status} with ${bytes} bytes`);
  total += bytes;
  console.log(`  ${String(bytes).padStart(8)} B  ${encoding.padEnd(5)} ${path.split("?")[0]}`);
}
console.log(`  ${String(total).padStart(8)} B  in all; bar ${BAR} B, limit ${LIMIT} B`);
const kinds = [".js", ".wasm", ".css", PAGE].filter((end) => !files.some(({ path }) => path.endsWith(end)));
if (kinds.length > 0) throw new Error(`not among them: ${kinds.join(", ")}`);
if (total > BAR) console.log(`over the bar by ${total - BAR} B`);
if (process.argv.includes("--budget") && total > LIMIT) {
  console.log(`over the limit by ${total - LIMIT} B`);
  process.exitCode = 1;
}
