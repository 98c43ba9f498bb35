import { messageOf } from '../../errors.ts';
import { toJson } from './json.ts';

const longestPreview = 72;

/** Shows a value on one line, and cuts it if it is long. */
export function preview(value: unknown): string {
  if (value === undefined) return '';
  const text = oneLine(typeof value === 'string' ? JSON.stringify(value) : toJson(value, false));
  const characters = Array.from(text);
  if (characters.length <= longestPreview) return text;
  return `${characters.slice(0, longestPreview - 1).join('')}…`;
}

/** Shows an error on one line: its name, message and code. */
export function errorLine(error: unknown): string {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  const title = typeof name === 'string' && name !== '' ? `${name}: ` : '';
  const mark = typeof code === 'string' ? ` (${code})` : '';
  return oneLine(`${title}${messageOf(error)}${mark}`);
}

/**
 * Removes line breaks and control characters: the content of runs comes from others, and must not be
 * able to control the terminal.
 */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '�');
}
