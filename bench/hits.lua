-- checked.lua with a look at one header too, which tells that an answer was kept:
-- `wrk … -s hits.lua URL -- "Name: beginning" ANSWER-FILE METHOD …`.

dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "") .. "checked.lua")

local checked_init, checked_response = init, response
local name, beginning

function init(args)
  name, beginning = table.remove(args, 1):match("^([^:]+): (.*)$")
  checked_init(args)
end

function response(status, headers, body)
  local said = headers[name]
  if said and said:sub(1, #beginning) == beginning then
    checked_response(status, headers, body)
  else
    wrong, wrong_status, wrong_bytes = wrong + 1, status, #body
  end
end
