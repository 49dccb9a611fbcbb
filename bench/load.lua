-- wrk's side of a measurement: targets from a file, each thread its own share, the result as JSON.
-- Arguments: file of targets, method, body size in bytes, number of threads.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local file, method, size, stride =
    arguments[1], arguments[2], tonumber(arguments[3]), tonumber(arguments[4])
  local body = size > 0 and string.rep("n", size) or nil
  requests = {}
  local line_number = 0
  for target in io.lines(file) do
    if line_number % stride == number % stride then
      requests[#requests + 1] = wrk.format(method, target, nil, body)
    end
    line_number = line_number + 1
  end
  position = 0
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "bytes": %d, "microseconds": %d, "status": %d, "socket": %d,'
      .. ' "p50": %d, "p99": %d}\n',
    summary.requests, summary.bytes, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
