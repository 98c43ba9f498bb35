#!/usr/bin/env node
import process from 'node:process';
import { runCli } from './program.ts';
import { processTerminal } from './terminal.ts';

// Deprecation warnings of libraries don't concern the users of the command line.
process.noDeprecation = true;

// A reader that closes the pipe early, such as `head`, is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processTerminal(process));

// Connections to a server that doesn't answer would keep the process alive. The output is written by then.
setTimeout(() => process.exit(), 1_000).unref();
