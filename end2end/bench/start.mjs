// From the start of `vestibule serve` to its first answer at /healthz. Nothing that it is configured with exists, so a
// start that asked the network would show.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "./sandbox.mjs";

const ROUNDS = 15;
const BAR = 100;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const isHealthy = (port) =>
  new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/healthz", agent: false }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode === 200));
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VESTIBULE|AWS)_/.test(name)));
const folder = mkdtempSync(join(tmpdir(), "vestibule-"));
const waited = [];
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    const port = await freePort();
    const file = join(folder, "portal.toml");
    writeFileSync(
      file,
      `[web]
listen = "127.0.0.1:${port}"
public_url = "https://portal.example.com"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"]
clients = ["1example23456789"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
[sessions]
path = ${JSON.stringify(join(folder, `${round}.db`))}
[[roles]]
id = "analyst"
arn = "arn:aws:iam::111122223333:role/portal-analyst"
groups = ["analysts"]
`,
    );
    const begun = performance.now();
    const child = spawn(BINARY, ["serve", "--config", file], { env: environment, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.once("error", (error) => {
      throw error;
    });
    while (!(await isHealthy(port))) {
      if (child.exitCode !== null) throw new Error(`vestibule serve ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    waited.push(performance.now() - begun);
    child.kill("SIGTERM");
    await ended;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
waited.sort((a, b) => a - b);
const [least, median, most] = [waited[0], waited[ROUNDS >> 1], waited[ROUNDS - 1]];
console.log(`Start to /healthz, ${ROUNDS} times: ${median.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)}); the bar is ${BAR}`);
if (median > BAR) process.exitCode = 1;
