export { HttpStatusError, isHttpStatusError } from './errors.ts';
