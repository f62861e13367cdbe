/** What the tests use of Node. */
declare module "node:assert/strict";
declare module "node:test" {
  export default function test(name: string, run: (context: any) => unknown): void;
}
declare module "node:v8";
declare module "node:vm";
declare const process: any;
declare function setImmediate(go: (value?: unknown) => void): void;
