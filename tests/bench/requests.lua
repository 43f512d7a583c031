-- Sends the requests of a file in turn, as the bytes that stand there, from a given one on; at the end, one line of JSON for wire.py.

local requests = {}
local at = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for head in file:read("*a"):gmatch("(.-\r\n\r\n)") do
    requests[#requests + 1] = head
  end
  file:close()
  at = tonumber(args[2])
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nBENCH {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
