// A function whose events are described: form and text are two views of one payload.

import { type Page } from '@playwright/test';
import { expect, test } from './portal';

const at = (name: string, role = 'analyst'): string => `/functions?role=${role}&name=${name}`;
const form = (page: Page) => page.getByRole('group', { name: 'Resize a picture' });
const text = async (page: Page): Promise<unknown> => JSON.parse(await page.locator('textarea.editor').inputValue()) as unknown;

test('a form is filled in, and the function gets what was meant @phone', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('resize'));
  const fields = form(page);
  await expect(fields.getByLabel('Bucket')).toHaveValue('reports');
  await expect(functions.payload, 'the form stands in place of the text').toBeHidden();
  await fields.getByLabel('Key').fill('team/a "b".png');
  await fields.getByLabel('Width').fill('320');
  await fields.getByLabel('Quality (optional)').fill('0.50');
  await fields.getByLabel('Keep until (optional)').fill('2026-12-24');
  await functions.invoke.click();
  await expect(functions.result).toContainText('200');
  await expect(functions.result).toContainText('"key": "team/a \\"b\\".png"');
  await expect(functions.result).toContainText('"width": 320');
  await expect(functions.result).toContainText('"keep_until": "2026-12-24"');
  expect(await page.locator('textarea.editor').inputValue()).toContain('"quality": 0.50');
});

test('mistakes are told at their fields, and what is missing once somebody wants to send it', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('resize'));
  const fields = form(page);
  await expect(fields.getByLabel('Bucket')).toHaveValue('reports');
  await expect(page.getByText('Fill this in.')).toHaveCount(0);
  await functions.invoke.click();
  await expect(fields.getByLabel('Key')).toBeFocused();
  await expect(fields.getByLabel('Key')).toHaveAccessibleDescription(/Fill this in\./);
  await expect(functions.result).toContainText('Nothing invoked yet');
  for (const [label, wrong, told, right] of [
    ['Width', 'many', 'This must be a whole number.', '64'],
    ['Width', '4097', 'This must be 4096 or less.', '64'],
    ['Quality (optional)', '0', 'This must be above 0.', '1'],
    ['Start (optional)', 'tomorrow', 'This must be a date and time with its zone, such as 2026-11-28T16:00:00Z.', '2026-11-28T16:00:00Z'],
    ['Callback (optional)', 'example.com', 'This must be a URI with its scheme, such as https://example.com/a.', 'https://example.com/a'],
    ['Tag (optional)', 'Upper', 'This must match ^[a-z]+$.', 'lower'],
  ] as const) {
    const field = fields.getByLabel(label);
    await field.fill(wrong);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(new RegExp(told.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    await field.fill(right);
    await expect(field).toHaveAttribute('aria-invalid', 'false');
  }
  await fields.getByLabel('Key').fill('k');
  await expect(functions.check).toHaveText("Fits the function's schema");
});

test('alternatives, lists, and what may be left out', async ({ page, signIn }) => {
  await signIn('analyst', at('resize'));
  const fields = form(page);
  await fields.getByLabel('Width').fill('7');
  await fields.getByRole('combobox', { name: 'Kind of Action' }).selectOption('Crop');
  await fields.getByLabel('Left').fill('1');
  await fields.getByLabel('Top').fill('2');
  await fields.getByLabel('Format (optional)').selectOption('webp');
  const add = fields.getByRole('button', { name: 'Add to Notify' });
  await add.click();
  await expect(fields.getByRole('textbox', { name: 'Address 1' })).toBeFocused();
  await fields.getByRole('textbox', { name: 'Address 1' }).fill('ana@example.com');
  await add.click();
  await fields.getByRole('textbox', { name: 'Address 2' }).fill('ana@example.com');
  await expect(page.getByText('No item may stand here twice.')).toBeVisible();
  await fields.getByRole('button', { name: 'Remove Address 1' }).click();
  await expect(fields.getByRole('textbox', { name: 'Address 2' })).toHaveCount(0);
  const sent = (await text(page)) as Record<string, unknown>;
  expect(sent['action']).toEqual({ kind: 'crop', left: 1, top: 2, width: 7, keep_ratio: true });
  expect(sent['notify']).toEqual(['ana@example.com']);
  expect(sent['format']).toBe('webp');
  await fields.getByRole('button', { name: 'Leave Notify out' }).click();
  await fields.getByLabel('Format (optional)').selectOption('–');
  const less = (await text(page)) as Record<string, unknown>;
  expect(less).not.toHaveProperty('notify');
  expect(less).not.toHaveProperty('format');
});

test('neither view loses what the other has', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('resize'));
  const fields = form(page);
  await expect(fields).toBeVisible();
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await functions.payload.fill('{"secret_plan": {"big": 12345678901234567890.10}, "action": {"kind": "crop", "left": 3, "new": 1e400}, "note": "two\\nlines", "extra": {"deep": [1]}}');
  await expect(functions.check).toContainText('the schema objects in');
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await expect(fields.getByLabel('Left')).toHaveValue('3');
  await expect(fields.getByLabel('Note (optional)')).toHaveValue('two\nlines');
  await expect(page.getByText('1 member that the schema does not name stays as it is:').first()).toBeVisible();
  await fields.getByLabel('Top').fill('4');
  await fields.getByLabel('Key').fill('k');
  const written = await page.locator('textarea.editor').inputValue();
  expect(written).toContain('12345678901234567890.10');
  expect(written).toContain('1e400');
  expect(JSON.parse(written)).toMatchObject({ note: 'two\nlines', extra: { deep: [1] }, action: { kind: 'crop', left: 3, top: 4 }, source: { key: 'k' } });
  // What is no JSON is not for a form.
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await functions.payload.fill('{"half": ');
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await expect(page.getByText('The text is not JSON, so the form cannot show it.')).toBeVisible();
  await page.getByRole('button', { name: 'Edit as text' }).click();
  await expect(functions.payload).toBeFocused();
  await expect(functions.payload).toHaveValue('{"half": ');
});

test('a function without a schema has the text alone', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('echo'));
  await expect(functions.payload).toHaveValue('{}');
  await expect(page.getByRole('button', { name: 'Form', exact: true })).toHaveCount(0);
  await functions.list.getByRole('link', { name: 'resize' }).click();
  await form(page).getByLabel('Key').fill('mine');
  await functions.list.getByRole('link', { name: 'echo' }).click();
  await expect(functions.payload).toHaveValue('{}');
  await functions.list.getByRole('link', { name: 'resize' }).click();
  await expect(form(page).getByLabel('Key')).toHaveValue('mine');
});
