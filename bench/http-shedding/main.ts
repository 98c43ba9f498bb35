// Servers at twice their capacity, with and without load shedding: three kinds of handlers, four frameworks, on
// standing and on new connections. Prints a Markdown table. The capacity is measured before each run.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { frameworks } from './frameworks.ts';
import { descriptions, kinds } from './handlers.ts';
import { measureCapacity, sendLoad } from './load.ts';
import { withServer } from './server-process.ts';
import { tableHeader, tableRow } from './table.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    handlers: { type: 'string', default: kinds.join(',') },
    frameworks: { type: 'string', default: frameworks.join(',') },
    overload: { type: 'string', default: '2' },
    without: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const seconds = Number(values.seconds);
const warmUp = 2;

console.log(`${values.overload} × the capacity, for ${String(seconds)} s each\n`);
console.log(tableHeader);
for (const kind of kinds.filter((each) => values.handlers.split(',').includes(each))) {
  for (const framework of frameworks.filter((each) => values.frameworks.includes(each))) {
    for (const fresh of [false, true]) {
      for (const shedding of values.without ? [false, true] : [true]) {
        const capacity = await withServer({ framework, kind, shedding: false }, (port) =>
          measureCapacity(port, 2),
        );
        const sent = await withServer({ framework, kind, shedding }, (port) =>
          sendLoad({
            port,
            rate: Number(values.overload) * capacity,
            seconds: seconds + warmUp,
            fresh,
          }),
        );
        const row = {
          handler: descriptions[kind],
          framework,
          connections: fresh ? 'new' : 'standing',
          shedding,
          capacity,
          seconds,
          sent: sent.filter(({ at }) => at >= warmUp * 1_000),
        };
        console.log(tableRow(row));
      }
    }
  }
}
const [load = 0] = loadavg();
console.log(`\nNode.js ${process.version}, load of the machine at the end: ${load.toFixed(1)}`);
