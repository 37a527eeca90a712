-- wrk -s post.lua URL -- BODY: posts the file, and ends with one line for benches/run:
-- "measured REQUESTS FAILED RATE P50 P99", times in microseconds.

function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = file:read("*a")
  file:close()
  -- What wrk does by itself where there is no init: one request, formatted once.
  local request = wrk.format()
  wrk.request = function() return request end
end

function done(summary, latency)
  local failed = 0
  for _, count in pairs(summary.errors) do failed = failed + count end
  local rate = summary.requests / (summary.duration / 1e6)
  print(string.format("measured %d %d %.0f %.0f %.0f", summary.requests, failed, rate,
    latency:percentile(50), latency:percentile(99)))
end
