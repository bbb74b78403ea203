-- Bodies that are not plain JSON: those that no call takes, and streams of events.
-- Enabled by the routes that may meet one, which also tell about the RPC: ordinary calls do not come here.

local BODIES = { POST = true, PUT = true, PATCH = true }
local SCOPE = "doorstep"

local function escape(value)
  return (value:gsub("[^%w_.~-]", function(c) return string.format("%%%02X", c:byte()) end))
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local kind = headers:get("content-type")
  if kind and kind:find("^application/grpc") then return end
  local route = handle:filterContext()
  if kind and headers:get("content-length") ~= "0" and BODIES[headers:get(":method")] and not route:get("raw")
      and not kind:lower():find("^application/[%w.+-]*json") then
    -- Its body is written as those of all answers that the gateway gives by itself (`replies`).
    handle:respond({ [":status"] = "415" }, "")
    return
  end
  local resume, last = route:get("resume_field"), headers:get("last-event-id")
  if resume and last and last ~= "" then
    local path = headers:get(":path")
    headers:replace(":path", path .. (path:find("?", 1, true) and "&" or "?") .. resume .. "=" .. escape(last))
  end
  if route:get("content_type") then
    -- The answer comes by the route of the RPC, which does not say this.
    local stream = handle:streamInfo():dynamicMetadata()
    stream:set(SCOPE, "content_type", route:get("content_type"))
    if resume then stream:set(SCOPE, "resumable", "true") end
  end
end

-- Server-sent events get their `id`, which browsers send back as Last-Event-ID when they connect again. The transcoder
-- writes whole messages, and `sequence` is the first field of those that can be resumed.
local function number_events(handle)
  for chunk in handle:bodyChunks() do
    local body = chunk:getBytes(0, chunk:length())
    local numbered = ("\n" .. body):gsub('(\n)(data: {"sequence":"([^"]+)")', function(start, data, sequence)
      return sequence ~= "0" and (start .. "id: " .. sequence .. "\n" .. data) or nil
    end):sub(2)
    if #numbered ~= #body then chunk:setBytes(numbered) end
  end
end

function envoy_on_response(handle)
  local stream = handle:streamInfo():dynamicMetadata():get(SCOPE)
  local headers = handle:headers()
  if not stream or (tonumber(headers:get(":status")) or 0) >= 400 then return end
  if stream.content_type then headers:replace("content-type", stream.content_type) end
  if stream.resumable and stream.content_type == "text/event-stream" then number_events(handle) end
end
