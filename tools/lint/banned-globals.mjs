// What sources must not name: time and randomness come in through the seams (the options `clock` and
// `random`), and what else the core names has to exist in every runtime.

const time = ['performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'];
const node = ['process', 'Buffer', 'global', 'require', 'module', 'setImmediate', 'clearImmediate'];
const browser = [
  'window',
  'document',
  'self',
  'parent',
  'top',
  'name',
  'event',
  'status',
  'length',
  'origin',
  'location',
  'history',
  'navigator',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'requestAnimationFrame',
  'requestIdleCallback',
  'cancelAnimationFrame',
  'cancelIdleCallback',
];
const timeMessage = 'Take the time and the timers from the clock.';
const randomMessage = 'Use the random source.';

/** What no package may name: time and randomness come in through the seams. */
export const bannedTime = time.map((name) => ({ name, message: timeMessage }));
export const bannedReadings = [
  { object: 'Date', property: 'now', message: timeMessage },
  { object: 'Math', property: 'random', message: randomMessage },
];

/** What the core must not name beside, because it runs everywhere. */
export const bannedGlobals = [
  ...bannedTime,
  ...[...node, ...browser].map((name) => ({ name, message: 'Not every runtime has it.' })),
];

export const bannedProperties = [
  ...bannedReadings,
  { object: 'AbortSignal', property: 'any', message: 'It keeps memory for every call.' },
  { object: 'AbortSignal', property: 'timeout', message: timeMessage },
  { object: 'crypto', property: 'getRandomValues', message: randomMessage },
  ...[...time, 'Date', 'Math', 'process', 'Buffer'].map((property) => ({
    object: 'globalThis',
    property,
    message: 'Global timers, clocks, randomness and the host belong in the seams.',
  })),
];

export const bannedSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: timeMessage },
  { selector: 'ImportExpression', message: 'Import modules at the top of the file.' },
];
