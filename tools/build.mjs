// `npm run build`: installs what is missing and compiles what has changed.
import { build, ensureInstalled } from './lib/setup.mjs';

await ensureInstalled();
await build();
