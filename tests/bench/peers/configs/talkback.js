// talkback records what it has no tape of, and plays what it has: told apart, as ours are, by method and target, not by header fields.
const talkback = require("talkback");

const [port, host, path] = process.argv.slice(2);
talkback({
  host,
  port: Number(port),
  path,
  record: talkback.Options.RecordMode.NEW,
  allowHeaders: [],
  silent: true,
  summary: false,
}).start();
