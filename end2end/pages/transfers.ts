// Uploads and downloads: the buttons of Browse with their menus, and the panel below every page.

import { type FileChooser, type Locator, type Page, expect } from '@playwright/test';
import { said } from './said';

export class Transfers {
  readonly button: Locator;
  readonly menu: Locator;
  /** The button that saves what is chosen, or with its menu the whole folder. */
  readonly download: Locator;
  readonly panel: Locator;
  /** The line for all files. */
  readonly line: Locator;

  constructor(private readonly page: Page) {
    this.button = page.getByRole('button', { name: /^⟦?Upload/ });
    this.menu = page.getByRole('group', { name: 'Upload' });
    this.download = page.getByRole('button', { name: said('Download') });
    this.panel = page.getByRole('region', { name: 'Transfers' });
    this.line = this.panel.getByRole('heading', { name: /^⟦?Transfers/ });
  }

  /** Gives files, or one folder, by the menu. */
  async give(what: 'Files…' | 'Folder…', files: Parameters<FileChooser['setFiles']>[0]): Promise<void> {
    await this.button.click();
    const chooser = this.page.waitForEvent('filechooser');
    await this.menu.getByRole('button', { name: what }).click();
    await (await chooser).setFiles(files);
  }

  /** The lines of single files; opened where they are closed. */
  async rows(): Promise<Locator> {
    await this.line.waitFor();
    const show = this.panel.getByRole('button', { name: '▴ show' });
    if (await show.isVisible()) await show.click();
    return this.panel.getByRole('listitem');
  }

  /** Waits until all is stored. */
  async stored(files: number, timeout = 30_000): Promise<void> {
    await expect(this.line).toContainText(`${files} file${files === 1 ? '' : 's'} stored`, { timeout });
  }

  /** Saves everything in the folder that is open. */
  async everything(): Promise<void> {
    await this.download.click();
    await this.page.getByRole('group', { name: 'Download' }).getByRole('button', { name: 'Everything in this folder' }).click();
  }

  /** Waits until so many files are on the device. */
  async saved(files: number, timeout = 30_000): Promise<void> {
    await expect(this.line).toContainText(`${files} file${files === 1 ? '' : 's'} saved`, { timeout });
  }
}
