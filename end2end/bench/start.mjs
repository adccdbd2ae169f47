// From the start of `vestibule serve` to the first answer of `/healthz`, in milliseconds, the median of ten.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = new URL("../../target/release/vestibule", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "vestibule-start-"));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const answers = (url) => new Promise((done) => get(url, (answer) => done(answer.statusCode === 200)).on("error", () => done(false)));

try {
  const times = [];
  for (let round = 0; round < 10; round++) {
    const port = await freePort();
    const config = join(folder, "vestibule.toml");
    writeFileSync(
      config,
      `[web]
listen = "127.0.0.1:${port}"
public_url = "https://portal.example.com"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"]
clients = ["1example23456789"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
[sessions]
path = ${JSON.stringify(join(folder, "sessions.db"))}
[[roles]]
id = "analyst"
arn = "arn:aws:iam::111122223333:role/portal-analyst"
groups = ["analysts"]
[[roles.functions]]
name = "echo"
`,
    );
    const began = process.hrtime.bigint();
    const portal = spawn(binary, ["serve", "--config", config], { cwd: folder, stdio: "ignore" });
    const ended = once(portal, "exit");
    try {
      while (!(await answers(`http://127.0.0.1:${port}/healthz`))) {
        if (portal.exitCode !== null) throw new Error(`the portal ended with ${portal.exitCode}`);
      }
      times.push(Number(process.hrtime.bigint() - began) / 1e6);
    } finally {
      portal.kill();
      await ended;
    }
  }
  times.sort((a, b) => a - b);
  console.log(`start to /healthz: median ${times[5].toFixed(0)} ms, best ${times[0].toFixed(0)} ms, worst ${times[9].toFixed(0)} ms; bar 100 ms`);
} finally {
  rmSync(folder, { recursive: true });
}
