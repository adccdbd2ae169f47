// A page that somebody writes for themselves, on the portal's origin: a script with AWS's own SDK for JavaScript, bundled
// as one would for a real page. Nothing of the portal's interface is in it.
import type { Page } from '@playwright/test';
import { build } from 'esbuild';

/** Bundles a script. `/vestibule.js` stays an address, which the portal answers. */
export async function bundled(source: string): Promise<string> {
  const result = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    external: ['/vestibule.js'],
    logLevel: 'error',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** Opens the page with this script. Somebody has to be signed in. */
export async function openPlainPage(page: Page, origin: string, source: string): Promise<void> {
  const script = await bundled(source);
  // A page that the test itself answers comes from no address, so the browser asks before it lets it reach loopback.
  await page.context().grantPermissions(['local-network-access'], { origin });
  await page.route(`${origin}/plain.html`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><html lang="en"><title>A plain page</title><link rel="icon" href="data:,">
        <h1>A plain page</h1><pre id="out"></pre><script type="module" src="/plain.js"></script></html>`,
    }),
  );
  await page.route(`${origin}/plain.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  await page.goto(`${origin}/plain.html`);
}
