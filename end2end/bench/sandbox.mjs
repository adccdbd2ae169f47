// The sandbox on free ports, for the time of one measurement.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The program that is measured. `PORTAL_BINARY` names another than this checkout's. */
export const BINARY = process.env.PORTAL_BINARY ?? fileURLToPath(new URL("../../target/release/vestibule", import.meta.url));

/** Runs `work` with the addresses of a sandbox. */
export async function withSandbox(work, options = []) {
  const child = spawn(BINARY, ["sandbox", "--listen", "127.0.0.1:0", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    const ready = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.startsWith('{"ready"')) resolve(JSON.parse(line).ready);
      });
    });
    const failed = ended.then(() => Promise.reject(new Error(`the sandbox ended:\n${said.join("\n")}`)));
    return await work(await Promise.race([ready, failed]));
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

/** Signs a persona in; gives the cookies of its session. */
export async function signIn(balancer, persona) {
  const answer = await fetch(`${balancer}/sandbox/sign-in?as=${persona}`, { redirect: "manual" });
  return answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
}
