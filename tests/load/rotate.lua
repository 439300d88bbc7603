-- Asks for the addresses of a file in turn and counts answers that are none of those known to be right.
-- `wrk ... -- folder`: `folder/addresses` has an address a line, `folder/answers/1` and so on are the right bodies.
local threads = {}

function setup(thread)
   thread:set("id", #threads)
   table.insert(threads, thread)
end

function init(args)
   local folder = args[1]
   requests, right, wrong = {}, {}, 0
   for address in io.lines(folder .. "/addresses") do
      requests[#requests + 1] = wrk.format("GET", address)
   end
   local number = 1
   local file = io.open(folder .. "/answers/1", "rb")
   while file do
      right[file:read("*a")] = true
      file:close()
      number = number + 1
      file = io.open(folder .. "/answers/" .. number, "rb")
   end
   -- Each thread begins somewhere else.
   turn = id * 7
end

function request()
   turn = turn + 1
   return requests[turn % #requests + 1]
end

function response(status, headers, body)
   if status ~= 200 or not right[body] then wrong = wrong + 1 end
end

function done(summary, latency, requests)
   local wrong = 0
   for _, thread in ipairs(threads) do wrong = wrong + thread:get("wrong") end
   local errors = summary.errors
   io.write(string.format(
      '\nRESULT {"requests": %d, "us": %d, "p50_us": %d, "p99_us": %d, "wrong": %d, "failed": %d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), wrong,
      errors.connect + errors.read + errors.write + errors.timeout
   ))
end
