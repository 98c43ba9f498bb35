/** The colour of a text, by meaning. */
export type Shade = 'good' | 'bad' | 'wait' | 'busy' | 'dim';

/** Colours a text. */
export type Paint = (shade: Shade, text: string) => string;

const codes: Readonly<Record<Shade, number>> = { good: 32, bad: 31, wait: 33, busy: 36, dim: 2 };

/** Colours for terminals. */
export const colours: Paint = (shade, text) => `\u001B[${codes[shade]}m${text}\u001B[0m`;

/** No colours, for files and pipes. */
export const plain: Paint = (_, text) => text;
