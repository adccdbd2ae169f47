// What a preview asked for and is not wanted any more.

import { Preview } from './pages/preview';
import { expect, place, test as base } from './portal';

const test = base.extend<{ preview: Preview }>({ preview: async ({ page }, use) => use(new Preview(page)) });

test.use({ sandboxOptions: { latency: 1_500 } });

test('what is under way ends with what it was for', async ({ page, preview, signIn }) => {
  await signIn('analyst', place('reader', 'reports', 'gallery/'));
  const sent = page.waitForRequest((request) => request.url().includes('/gallery/long.txt'));
  await preview.open('long.txt');
  const request = await sent;
  const failed = page.waitForEvent('requestfailed', (failed) => failed === request);
  await preview.open('plain.txt');
  expect((await failed).failure()?.errorText).toBe('net::ERR_ABORTED');
  await expect(preview.text).toContainText('Plain text.');
});
