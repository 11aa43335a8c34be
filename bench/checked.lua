-- load.lua with a look at every answer: `wrk … -s checked.lua URL -- ANSWER-FILE METHOD …`.
-- An answer is right when its status is 200 and its body is the file's.

dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "") .. "load.lua")

local unchecked_init, unchecked_done = init, done
local threads, expected = {}, nil
-- Each thread has its own; globals, so that `done` can ask for them.
wrong, wrong_status, wrong_bytes = 0, 0, 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(table.remove(args, 1), "rb"))
  expected = file:read("*a")
  file:close()
  unchecked_init(args)
end

function response(status, _, body)
  if status ~= 200 or body ~= expected then
    wrong, wrong_status, wrong_bytes = wrong + 1, status, #body
  end
end

-- One more line for the driver: how many were wrong, and what one of them was.
function done(summary, latency)
  unchecked_done(summary, latency)
  local all, status, bytes = 0, 0, 0
  for _, thread in ipairs(threads) do
    if thread:get("wrong") > 0 then
      all = all + thread:get("wrong")
      status, bytes = thread:get("wrong_status"), thread:get("wrong_bytes")
    end
  end
  io.write(string.format(
    'RESULT {"wrong":%d,"wrong_status":%d,"wrong_bytes":%d}\n', all, status, bytes))
end
