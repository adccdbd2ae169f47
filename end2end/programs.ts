// Starting and ending the programs that tests talk to, on free ports of 127.0.0.1.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The portal under test. `PORTAL_BINARY` names another than this checkout's. */
export const BINARY = process.env['PORTAL_BINARY'] ?? fileURLToPath(new URL('../target/release/vestibule', import.meta.url));

/** This process's environment without what would configure the portal, and with `added`. */
export function environment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && !name.startsWith('VESTIBULE_') && !name.startsWith('AWS_');
  });
  return { ...Object.fromEntries(inherited), ...added };
}

/** Ports that are free at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** What a run of the portal's program that ended by itself said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the portal's program to its end. */
export function run(commandArguments: readonly string[], options: { env?: Record<string, string>; cwd?: string } = {}): Ended {
  const { env = {}, cwd } = options;
  const ended = spawnSync(BINARY, commandArguments, { env: environment(env), cwd, encoding: 'utf8', timeout: 20_000 });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

/** A program that runs until it is stopped. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** What it wrote to either stream so far. */
  output = '';

  constructor(command: string, commandArguments: readonly string[], options: { env: Record<string, string>; cwd?: string }) {
    this.#child = spawn(command, commandArguments, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const take = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.output += String(error);
        resolve();
      });
    });
  }

  /** Waits until `ready` gives something, and fails with the program's own words if it ends before. */
  async until<T>(what: string, ready: () => Promise<T | undefined> | T | undefined, milliseconds = 30_000): Promise<T> {
    const deadline = performance.now() + milliseconds;
    let ended = false;
    void this.#ended.then(() => (ended = true));
    for (;;) {
      const found = await ready();
      if (found !== undefined) return found;
      if (ended || performance.now() > deadline) {
        await this.stop();
        throw new Error(`${what}: ${ended ? 'the program ended' : 'not in time'}. It said:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends a signal. */
  signal(name: 'SIGHUP' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  /** Ends it where it stands. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Waits for its end by itself, and gives the exit code. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      const patience = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
      await this.#ended;
      clearTimeout(patience);
    }
  }
}

/** Whether an address answers a GET with 200. */
export async function answers(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok || undefined;
  } catch {
    return undefined;
  }
}

/** Something that runs until it is stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Lets `use` start things, and stops them in the reverse order, whatever comes of it. */
export async function standing(use: (started: <T extends Stoppable>(thing: T) => T) => Promise<void>): Promise<void> {
  const running: Stoppable[] = [];
  try {
    await use((thing) => {
      running.unshift(thing);
      return thing;
    });
  } finally {
    for (const thing of running) await thing.stop();
  }
}
