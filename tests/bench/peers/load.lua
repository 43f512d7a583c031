-- Sends the requests of a file, as the bytes that stand there: arguments FILE MODE FIRST. `list`: in turn; `once`: in turn, to the
-- end, and says so; `unique`: in turn, each @@@@@@@ a new number; `devices`: of each device in turn, its token another one every 20
-- calls, and one line that nobody has sent before in a tenth of the calls. FIRST goes on where the load before this one ended.

local requests, devices = {}, {}
local at, first, mode, ended = 0, 0, "list", false
local CALLS, UNSEEN = 20, 0.1
local LINES = {"X-Request-Id: %015d-%07d", "User-Agent: tv-app/%d (build %d; tvOS 17.4)", "traceparent: 00-%016x%016x-00f067aa0ba902b7-01"}

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for head in file:read("*a"):gmatch("(.-\r\n\r\n)") do
    requests[#requests + 1] = head
  end
  file:close()
  mode, first = args[2], tonumber(args[3])
  at = first
  math.randomseed(first + 1)
  if mode == "unique" or mode == "devices" then
    for number, head in ipairs(requests) do
      local before, after = head:match("^(.-)@@@@@@@(.*)$")
      devices[number] = {before = before, after = after, head = before .. "0000000" .. after}
    end
  end
end

local function unseen(head)
  local line = string.format(LINES[math.random(#LINES)], at, math.random(1, 9999999))
  local name = line:match("^[^:]+: ")
  local from, to = head:find("\r\n" .. name, 1, true)
  if from then  -- in the place of the device's own
    local stop = head:find("\r\n", to, true)
    return head:sub(1, from + 1) .. line .. head:sub(stop)
  end
  return head:sub(1, -3) .. line .. "\r\n\r\n"
end

function request()
  at = at + 1
  if mode == "unique" then
    local device = devices[at % #devices + 1]
    return device.before .. string.format("%07d", at) .. device.after
  end
  if mode == "devices" then
    local number = at % #devices + 1
    local device, turn = devices[number], math.floor((math.floor(at / #devices) + number) / CALLS)
    if device.turn ~= turn then
      device.turn = turn
      device.head = device.before .. string.format("%07d", device.turn) .. device.after
    end
    return math.random() < UNSEEN and unseen(device.head) or device.head
  end
  if mode == "once" and at > #requests then
    if not ended then
      ended = true
      io.write("ENDED\n")
      io.flush()
    end
    wrk.thread:stop()
  end
  return requests[(at - 1) % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nBENCH {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
