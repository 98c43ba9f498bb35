#!/usr/bin/env node
import process from 'node:process';
import { runCli } from './program.ts';
import { processTerminal } from './terminal.ts';

// What a library is about to drop is no news for those who look at runs.
process.noDeprecation = true;

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processTerminal(process));

// Connections to a server that says nothing would keep the process; what was written is out by then.
setTimeout(() => process.exit(), 1_000).unref();
