-- 1,000 distinct small files at random, stored compression negotiated
local requests = {}
init = function(args)
  math.randomseed(os.time())
  for i = 0, 999 do
    requests[i] = wrk.format("GET", "/bench/Content/1.0.0/a/s" .. i .. ".js",
      {["Accept-Encoding"] = "gzip, deflate, br", ["Host"] = "localhost", ["User-Agent"] = "wrk"})
  end
end
request = function() return requests[math.random(0, 999)] end
