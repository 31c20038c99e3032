"""Loads each server in turn, in rotating order, and prints medians, ratios to nginx and server CPU per request."""
import argparse
import os
import re
import statistics
import subprocess
import sys
import time

import peers

CONTENT = "/bench/Content/1.0.0/a/"
PAGE = "/bench?trustedAuthority=portal.portolan.test&l=en"


def run(words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    return done.stdout + done.stderr


def millis(text):
    value, unit = re.fullmatch(r"([0-9.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": .001, "ms": 1, "s": 1000}[unit]


def wrk(connections, path, seconds):
    """Closed loop over HTTP/1.1; path None for the mix."""
    def load(server):
        words = ["wrk", "-t%d" % (2 if connections > 64 else 1), "-c%d" % connections, "-d%ds" % seconds, "--latency"]
        words += ["-s", os.path.join(peers.HERE, "mix.lua")] if path is None else []
        text = run(words + ["http://127.0.0.1:%d%s" % (server.port, path or "")])
        if re.search(r"Non-2xx|Socket errors", text):
            sys.exit("%s %s: %s" % (server.name, path, text))
        return (float(re.search(r"Requests/sec:\s+([0-9.]+)", text).group(1)),
                int(re.search(r"(\d+) requests in", text).group(1)),
                millis(re.search(r"(?m)^ +50%\s+(\S+)", text).group(1)), millis(re.search(r"(?m)^ +99%\s+(\S+)", text).group(1)))
    return load


def h2load(work, seconds):
    """Closed loop over HTTP/2 and TLS: 32 connections, 10 streams each, the mix."""
    def load(server):
        urls = os.path.join(work, "urls-%s.txt" % server.name)
        with open(urls, "w") as file:
            for i in range(1000):
                file.write("https://localhost:%d%ss%d.js\n" % (server.tls, CONTENT, i))
        text = run(["h2load", "-t1", "-c32", "-m10", "-D%d" % seconds, "-i", urls,
                    "-H", "accept-encoding: gzip, deflate, br"])
        codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", text)
        if not codes or int(codes.group(3)) + int(codes.group(4)) > 0 or int(codes.group(1)) == 0:
            sys.exit("%s: %s" % (server.name, text))
        mean = re.search(r"time for request:\s+\S+\s+\S+\s+(\S+)", text).group(1)
        return int(codes.group(1)) / seconds, int(codes.group(1)), millis(mean), 0
    return load


def handshakes(loops):
    """Full handshakes: 300 new connections at once with one request each, so many times; nothing is resumed."""
    def load(server):
        began, done = time.monotonic(), 0
        for _ in range(loops):
            text = run(["h2load", "-t1", "-n300", "-c300", "-m1", "https://localhost:%d%sf1k.js" % (server.tls, CONTENT)])
            codes = re.search(r"status codes: (\d+) 2xx", text)
            if not codes or int(codes.group(1)) != 300:
                sys.exit("%s: %s" % (server.name, text))
            done += 300
        return done / (time.monotonic() - began), done, 0, 0
    return load


def fixed(work, rate, seconds):
    """Open loop at a constant rate: latency counts from when a request was due."""
    def load(server):
        text = run([os.path.join(work, "openload"), str(server.port), str(rate), str(seconds), "64", "mix", "1"])
        found = re.search(r"achieved (\d+) err (\d+) p50 (\d+) p90 \d+ p99 (\d+)", text)
        if not found or int(found.group(2)) > 0:
            sys.exit("%s: %s" % (server.name, text))
        done = float(found.group(1))
        return done, int(done * (seconds + 1)), int(found.group(3)) / 1000, int(found.group(4)) / 1000
    return load


def compare(title, servers, load, rounds, show=False):
    figures = {server.name: [] for server in servers}
    for turn in range(rounds):
        at = turn % len(servers)
        for server in servers[at:] + servers[:at]:
            before = server.cpu_seconds()
            rate, count, p50, p99 = load(server)
            figures[server.name].append((rate, (server.cpu_seconds() - before) * 1e6 / count, p50, p99))
    base = None
    for server in servers:
        columns = list(zip(*figures[server.name]))
        rate, cpu, p50, p99 = [statistics.median(column) for column in columns]
        base = base or (rate, cpu, p50, p99)
        ratio = lambda value, of: "%.2f" % (value / of) if of else "-"
        print("| %s | %s | %s [%s-%s] | %s | %.2f | %s | %.2f | %.2f |" % (
            title, server.name, f"{rate:,.0f}", f"{min(columns[0]):,.0f}", f"{max(columns[0]):,.0f}",
            ratio(rate, base[0]), cpu, ratio(cpu, base[1]), p50, p99), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("work")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--options", default="", help="more flags for the node's JVM")
    wanted = parser.parse_args()
    world = peers.World(wanted.root, wanted.work)
    running = []
    try:
        nginx = peers.nginx(wanted.work)
        running.append(nginx)
        h2o = peers.h2o(wanted.work)
        running.append(h2o)
        ours = peers.node(wanted.root, wanted.work, world, options=wanted.options)
        running.append(ours)
        seconds = wanted.seconds
        # By count, not by time: what a busy machine compiles late would count as cost of requests.
        for load, enough in ((wrk(64, None, 2), 400_000), (h2load(wanted.work, 2), 400_000), (wrk(64, PAGE, 2), 100_000),
                             (wrk(64, CONTENT + "f2m.js", 1), 1000)):
            done = 0
            while done < enough:
                done += load(ours)[1]
        print("| case | server | requests/s [min-max] | ratio | CPU us/request | ratio | p50 ms | p99 ms |")
        print("|---|---|---|---|---|---|---|---|")
        all_three, two = [nginx, h2o, ours], [nginx, ours]
        cases = {
            "mix-64": ("HTTP/1.1 mix, 64 connections", all_three, wrk(64, None, seconds)),
            "mix-256": ("HTTP/1.1 mix, 256 connections", all_three, wrk(256, None, seconds)),
            "1k-64": ("HTTP/1.1 1 KB, 64", two, wrk(64, CONTENT + "f1k.js", seconds)),
            "20k-64": ("HTTP/1.1 20 KB, 64", two, wrk(64, CONTENT + "f20k.js", seconds)),
            "200k-64": ("HTTP/1.1 200 KB, 64", two, wrk(64, CONTENT + "f200k.js", seconds)),
            "2m-64": ("HTTP/1.1 2 MB, 64", two, wrk(64, CONTENT + "f2m.js", seconds)),
            "1k-256": ("HTTP/1.1 1 KB, 256", two, wrk(256, CONTENT + "f1k.js", seconds)),
            "20k-256": ("HTTP/1.1 20 KB, 256", two, wrk(256, CONTENT + "f20k.js", seconds)),
            "200k-256": ("HTTP/1.1 200 KB, 256", two, wrk(256, CONTENT + "f200k.js", seconds)),
            "2m-256": ("HTTP/1.1 2 MB, 256", two, wrk(256, CONTENT + "f2m.js", seconds)),
            "h2-mix": ("HTTP/2 TLS mix, 32 x 10 streams", all_three, h2load(wanted.work, seconds)),
            "tls": ("full TLS 1.3 handshakes, 300 at once", two, handshakes(5)),
            "fixed": ("20,000/s open loop, mix, 64", all_three, fixed(wanted.work, 20000, seconds)),
        }
        for key, (title, servers, load) in cases.items():
            if not wanted.only or key in wanted.only.split(","):
                compare(title, servers, load, wanted.rounds)
        if not wanted.only or "page" in wanted.only.split(","):
            page = peers.Server("page", ours.process, ours.port, ours.tls)
            asset = peers.Server("asset", ours.process, ours.port, ours.tls)
            loads = {"page": wrk(64, PAGE, seconds), "asset": wrk(64, "/bench/Content/1.0.0/index.html", seconds)}
            compare("page with configuration against the same file as asset", [asset, page],
                    lambda server: loads[server.name](server), wanted.rounds)
        print("memory, MB PSS: " + ", ".join("%s %.0f" % (s.name, s.pss_mb()) for s in running))
    finally:
        for server in running:
            server.close()
        world.close()


if __name__ == "__main__":
    main()
