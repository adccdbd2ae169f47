// The picture in the README. Others, of every state, are made beside the accessibility checks.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expect, place, test } from './portal';

const README_PICTURE = resolve(import.meta.dirname, 'pictures/browse.png');

test.use({ viewport: { width: 1_440, height: 900 }, colorScheme: 'light' });

test('Browse, as the README shows it', async ({ page, browse, signIn }, info) => {
  await signIn('analyst', place('analyst', 'reports', 'team/many/'));
  await browse.complete('10,000 objects');
  await (await browse.row('record-00006.txt')).hover();
  const picture = info.outputPath('browse.png');
  await page.screenshot({ path: picture });
  // Times and fonts differ from run to run and machine to machine, so it is replaced only when asked for.
  if (process.env['PICTURES'] === 'write' || !existsSync(README_PICTURE)) {
    await mkdir(dirname(README_PICTURE), { recursive: true });
    await page.screenshot({ path: README_PICTURE });
  }
  expect(existsSync(README_PICTURE)).toBe(true);
});
