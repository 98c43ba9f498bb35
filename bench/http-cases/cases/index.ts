import type { HttpCase } from '../http-case.ts';
import { bodies } from './bodies.ts';
import { outages } from './outages.ts';
import { retrying } from './retrying.ts';
import { waiting } from './waiting.ts';

export const httpCases: readonly HttpCase[] = [...retrying, ...waiting, ...bodies, ...outages];
