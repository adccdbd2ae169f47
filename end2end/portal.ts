// The fixtures: one sandbox a worker, page objects, and an ear on the console that fails every test with a complaint.

import { type Page, expect, test as base } from '@playwright/test';
import { type Complaints, listening } from './complaints';
import { BrowsePage } from './pages/browse';
import { Frame } from './pages/frame';
import { FunctionsPage } from './pages/functions';
import { Transfers } from './pages/transfers';
import { Sandbox, type SandboxOptions } from './sandbox';
import type { Persona } from './visitor';

interface PortalFixtures {
  /** What the browser complained of; nothing, when the test is over. */
  complaints: Complaints;
  /** Signs the page's browser in and opens `to`, ready for clicks. */
  signIn: (persona: Persona, to?: string) => Promise<void>;
  frame: Frame;
  browse: BrowsePage;
  functions: FunctionsPage;
  transfers: Transfers;
}

interface PortalWorkerFixtures {
  sandboxOptions: SandboxOptions;
  sandbox: Sandbox;
}

export const test = base.extend<PortalFixtures, PortalWorkerFixtures>({
  sandboxOptions: [{}, { scope: 'worker', option: true }],
  sandbox: [
    async ({ sandboxOptions }, use) => {
      const sandbox = await Sandbox.start(sandboxOptions);
      await use(sandbox);
      await sandbox.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ sandbox }, use) => use(sandbox.endpoints.balancer),
  complaints: [listening, { auto: true }],
  signIn: async ({ page }, use) => use((persona, to = '/') => signIn(page, persona, to)),
  frame: async ({ page }, use) => use(new Frame(page)),
  browse: async ({ page }, use) => use(new BrowsePage(page)),
  functions: async ({ page }, use) => use(new FunctionsPage(page)),
  transfers: async ({ page }, use) => use(new Transfers(page)),
});

export { expect };

/** Signs a page's browser in by the sandbox's link and opens `to`. */
export async function signIn(page: Page, persona: Persona, to = '/'): Promise<void> {
  await page.goto(`/sandbox/sign-in?${new URLSearchParams({ as: persona, to })}`);
  await hydrated(page);
}

/** Waits until the page answers to clicks. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

/** As the portal writes its links: everything but RFC 3986's unreserved characters. */
function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The place on Browse. */
export function place(role: string, bucket?: string, prefix?: string): string {
  const parts = { role, bucket, prefix };
  const query = Object.entries(parts).flatMap(([name, value]) => (value ? [`${name}=${encode(value)}`] : []));
  return `/browse?${query.join('&')}`;
}
