-- Errors of the services, which the transcoder writes as google.rpc.Status, become problem+json (RFC 9457).
-- JSON is cut into slices, never decoded: what is copied into the answer is exactly what the service said.

local NAMES = { [0] = "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
  "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
  "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED" }
-- Reasons of errors that gRPC itself makes: they have none, and their texts tell of our machinery.
local BARE = { DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED", RESOURCE_EXHAUSTED = "REQUEST_TOO_LARGE",
  UNAUTHENTICATED = "CREDENTIALS_INVALID", UNAVAILABLE = "DEPENDENCY_UNAVAILABLE", UNIMPLEMENTED = "PATH_NOT_FOUND" }
local SCOPE = "doorstep"
local QUOTE, BACKSLASH, OPEN_OBJECT, OPEN_ARRAY = 34, 92, 123, 91

-- The index after the string that begins at `i`.
local function string_end(s, i)
  local at = i + 1
  while true do
    local k = s:find('["\\]', at)
    if s:byte(k) == QUOTE then return k + 1 end
    at = k + 2
  end
end

-- The index after the value that begins at `i`.
local function value_end(s, i)
  local first = s:byte(i)
  if first == QUOTE then return string_end(s, i) end
  if first ~= OPEN_OBJECT and first ~= OPEN_ARRAY then return s:find("[,%]}%s]", i) or #s + 1 end
  local depth, at = 0, i
  while true do
    local k = s:find('["{}%[%]]', at)
    local byte = s:byte(k)
    if byte == QUOTE then
      at = string_end(s, k)
    else
      depth = depth + ((byte == OPEN_OBJECT or byte == OPEN_ARRAY) and 1 or -1)
      at = k + 1
      if depth == 0 then return at end
    end
  end
end

-- The members of an object: name to slice.
local function members(object)
  local found, at = {}, 2
  while true do
    local name = object:find('"', at, true)
    if not name then return found end
    local name_end = string_end(object, name)
    local value = object:find("[^%s:]", name_end)
    at = value_end(object, value)
    found[object:sub(name + 1, name_end - 2)] = object:sub(value, at - 1)
  end
end

-- The items of an array, as slices.
local function items(array)
  local found, at = {}, 2
  while true do
    local item = array:find("[^%s,]", at)
    if not item or array:sub(item, item) == "]" then return found end
    at = value_end(array, item)
    found[#found + 1] = array:sub(item, at - 1)
  end
end

local function text(slice)
  return slice and slice:match('^"(.*)"$')
end

local function title(reason)
  local words = reason:gsub("_", " "):lower()
  return words:sub(1, 1):upper() .. words:sub(2)
end

-- problem+json out of a google.rpc.Status, the seconds to wait where it says so, and its reason.
local function problem(body, status, request_id)
  local fields = members(body)
  local code = NAMES[tonumber(fields.code) or 2] or "UNKNOWN"
  local reason, metadata, violations, wait = nil, nil, nil, nil
  for _, detail in ipairs(items(fields.details or "[]")) do
    local part = members(detail)
    local kind = text(part["@type"]) or ""
    if kind:find("google.rpc.ErrorInfo", 1, true) then
      reason, metadata = text(part.reason), part.metadata
    elseif kind:find("google.rpc.BadRequest", 1, true) then
      violations = part.fieldViolations
    elseif kind:find("google.rpc.RetryInfo", 1, true) then
      wait = tonumber((text(part.retryDelay) or ""):match("^([%d.]+)s$"))
    end
  end
  local told = fields.message
  if not reason then
    reason = BARE[code] or "INTERNAL"
    told = '"The call could not be served; the request id finds it in the logs."'
  end
  local out = {
    '{"type":"urn:doorstep:error:', reason, '","title":"', title(reason), '","status":', status,
    ',"detail":', told or '""', ',"instance":"urn:uuid:', request_id, '","code":"', code,
    '","reason":"', reason, '"',
  }
  if metadata then out[#out + 1] = ',"metadata":' .. metadata end
  if violations then out[#out + 1] = ',"violations":' .. violations end
  if fields.details then out[#out + 1] = ',"details":' .. fields.details end
  out[#out + 1] = "}"
  return table.concat(out), wait, reason
end

-- Answers below 400 do not come here (`filters.problems`).
function envoy_on_response(handle)
  local headers = handle:headers()
  if not (headers:get("content-type") or ""):find("^application/json") then return end
  local status = tonumber(headers:get(":status"))
  local id = headers:get("x-correlation-id") or ""
  local body = handle:body(true)
  -- Waiting for the body has ended the life of what was fetched before.
  headers = handle:headers()
  local read, told, wait, reason = pcall(problem, body:getBytes(0, body:length()), status, id)
  if not read then
    handle:logErr("an error that is no google.rpc.Status: " .. tostring(told))
    told = '{"type":"urn:doorstep:error:INTERNAL","title":"Internal","status":' .. status
      .. ',"detail":"A fault of ours; the request id finds it in the logs.","instance":"urn:uuid:'
      .. id .. '","code":"INTERNAL","reason":"INTERNAL"}'
    reason = "INTERNAL"
  end
  handle:streamInfo():dynamicMetadata():set(SCOPE, "reason", reason)
  headers:replace("content-type", "application/problem+json")
  headers:replace("content-length", tostring(body:setBytes(told)))
  if wait and not headers:get("retry-after") then headers:replace("retry-after", tostring(math.ceil(wait))) end
end
