// Keys that break software. In this bucket each object's body is its own key, so that a download shows at once whether
// the right object came.

import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { bytes } from './pages/browse';
import { expect, place, test } from './portal';
import { Visitor } from './visitor';

// Tall enough for a whole folder at once.
test.use({ viewport: { width: 1_280, height: 3_000 } });

/** A browser takes such segments out of every address, encoded or not. */
const hasDotSegment = (key: string): boolean => key.split('/').some((segment) => segment === '.' || segment === '..');
const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);
/** By the bytes of UTF-8, as S3 does. */
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

test('every key is listed, and saved byte for byte or refused with the reason', async ({ browse, page, sandbox, signIn }) => {
  test.setTimeout(180_000);
  // AWS's own client says what there is; it has no trouble with dots.
  const s3 = await (await Visitor.signIn(sandbox, 'admin')).s3('analyst');
  const { Contents = [], IsTruncated } = await s3.send(new ListObjectsV2Command({ Bucket: 'odd-names' }));
  const keys = Contents.map(({ Key = '' }) => Key);
  expect(IsTruncated).toBe(false);
  expect(keys.length).toBeGreaterThan(60);
  expect(keys.filter(hasDotSegment).length).toBeGreaterThan(5);

  const folders = new Set(['']);
  for (const key of keys) {
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) folders.add(key.slice(0, at + 1));
  }
  await signIn('admin', place('analyst', 'odd-names'));
  const walk = async (folder: string): Promise<void> => {
    await test.step(`folder ${JSON.stringify(folder)}`, async () => {
      const below = [...folders].filter((other) => other !== '' && folderOf(other.slice(0, -1)) === folder).sort(byBytes);
      const objects = keys.filter((key) => folderOf(key) === folder).sort(byBytes);
      const shown = [...below, ...objects].map((key) => key.slice(folder.length) || '(this folder’s own object)');
      await expect.poll(() => browse.names()).toEqual(shown);
      await expect(browse.footer).toContainText('complete in');

      for (const [at, key] of objects.entries()) {
        const row = browse.body().nth(below.length + at);
        if (hasDotSegment(key)) {
          await expect(row.getByText('dot segment')).toBeVisible();
          const button = row.getByRole('button', { name: /^Download/ });
          await expect(button).toHaveAttribute('aria-disabled', 'true');
          await button.click({ force: true });
          await expect(browse.alert, key).toContainText('every browser takes such parts out of an address');
          await page.getByRole('button', { name: 'Close' }).click();
        } else {
          const saved = await bytes(await browse.save(row));
          expect(saved.toString(), key).toBe(key);
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'odd-names', Key: key }));
          expect(saved.equals(await Body!.transformToByteArray()), key).toBe(true);
        }
      }
      for (const [at, other] of below.entries()) {
        await browse.body().nth(at).getByRole('link').click();
        await expect(page).toHaveURL(place('analyst', 'odd-names', other));
        await walk(other);
        await page.goBack();
        await expect(page).toHaveURL(folder === '' ? /bucket=odd-names$/ : place('analyst', 'odd-names', folder));
      }
    });
  };
  await walk('');
});

for (const prefix of ['a b/', 'double//', '//', '../', 'dots/..', '日本語/', '100%', 'a+', '#', '?x=1&prefix=', '<script>']) {
  test(`a link to the prefix ${JSON.stringify(prefix)} survives the sign-in and a reload`, async ({ page, signIn, browse }) => {
    const asked: string[] = [];
    page.on('request', (request) => {
      const query = new URL(request.url()).searchParams;
      if (query.get('list-type') === '2') asked.push(query.get('prefix') ?? '');
    });
    await signIn('admin', place('analyst', 'odd-names', prefix));
    await expect(browse.footer).toContainText('complete in');
    await page.reload();
    await expect(browse.footer).toContainText('complete in');
    expect(asked).toEqual([prefix, prefix]);
  });
}
