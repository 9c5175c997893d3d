-- SPDX-License-Identifier: Apache-2.0
-- For wrk: FILE PATH HOST CAP.  Sends the requests of FILE, a line for each
-- Authorization, in turns; after CAP of them nothing more (0: no end).
local requests, at, cap = {}, 0, 0

function init(args)
    for line in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", args[2],
            {Host = args[3], Authorization = line})
    end
    cap = tonumber(args[4])
end

function request()
    if cap > 0 and at >= cap then wrk.thread:stop() end
    at = at + 1
    return requests[(at - 1) % #requests + 1]
end

function done(summary)
    local errors = summary.errors
    io.write(string.format("\nasked %d refused %d broken %d\n",
        summary.requests, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
