"""Fills a world with extensions of random content, then watches a region join it. For join.sh."""
import io
import json
import os
import sys
import time
import urllib.error
import urllib.request
import zipfile
from datetime import datetime

FILES = 10
base = int(sys.argv[2])
control = "http://127.0.0.1:%d" % (base + 70)


def call(method, path, body=None, kind="application/json"):
    request = urllib.request.Request(control + path, data=body, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def post(path, body):
    return call("POST", path, json.dumps(body).encode())


def package(title, size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("portolan.json", '{"portals":["*"]}')
        archive.writestr("index.html", "<!doctype html><title>%s</title>" % title)
        for i in range(FILES):
            archive.writestr("part-%d.bin" % i, os.urandom(size // FILES))
    return out.getvalue()


def await_world():
    for _ in range(300):
        try:
            urllib.request.urlopen("http://127.0.1.2:%d/hello" % (base + 80), timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    sys.exit("the world does not serve hello")


def publish(count, megabytes):
    await_world()
    began = time.monotonic()
    for i in range(count):
        name = "Bench_Join%d" % i
        post("/v1/extensions", {"name": name, "route": "join%d" % i})
        call("PUT", "/v1/extensions/%s/versions/1.0" % name, package(i, megabytes * 1_000_000), "application/zip")
        post("/v1/rollouts", {"extension": name, "version": "1.0", "bake": "0s"})
    while True:
        items = call("GET", "/v1/rollouts?limit=500")["items"]
        left = sum(item["state"] not in ("SUCCEEDED", "FAILED", "HALTED", "ROLLED_BACK") for item in items)
        if not left:
            break
        time.sleep(1)
    print("%d extensions of %d MB published and rolled out after %.0f s" % (count, megabytes, time.monotonic() - began), flush=True)


def watch():
    at = lambda step: datetime.fromisoformat(step["at"][:26].rstrip("Z") + "+00:00")
    last = ""
    while last != "LIVE":
        time.sleep(1)
        region = call("GET", "/v1/regions/japaneast")
        if region["state"] != last:
            last = region["state"]
            print(last, file=sys.stderr, flush=True)
        if last == "HELD":
            sys.exit(region["reason"])
    steps = list(reversed(region["timeline"]))
    start = next(step for step in steps if step["after"] == "PREFLIGHT")
    for name in ("SEEDING", "WIRING", "DARK", "LIVE"):
        step = next(step for step in steps if step["after"] == name)
        print("%-8s %8.1f s after its node asked to join" % (name, (at(step) - at(start)).total_seconds()))


if sys.argv[1] == "publish":
    publish(int(sys.argv[3]), int(sys.argv[4]))
else:
    watch()
