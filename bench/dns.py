"""Loads each name server in turn, in rotating order, and prints medians, ratios to gdnsd and server CPU per answer."""
import argparse
import os
import random
import re
import statistics
import struct
import subprocess
import sys
import threading
import time

import dns_data
import dns_peers


def load(server, file, seconds, options):
    text = subprocess.run(["dnsperf", "-B", "-d", file, "-s", "127.0.0.1", "-p", str(server.port), "-l", str(seconds), "-t", "1",
                           "-c", "16", "-T", "1", "-q", "100"] + options, capture_output=True, text=True, timeout=300).stdout
    number = lambda words: float(re.search(words + r":?\s+([\d.]+)", text).group(1))
    done = number("Queries completed")
    if "NOERROR %d " % done not in text:
        sys.exit("%s: %s" % (server.name, text))
    return (number("Queries per second"), done, number(r"Average Latency \(s\)") * 1e6, number(r"Latency StdDev \(s\)") * 1e6,
            number("Queries lost"))


def compare(title, servers, file, rounds, seconds, options):
    figures = {server.name: [] for server in servers}
    for turn in range(rounds):
        at = turn % len(servers)
        for server in servers[at:] + servers[:at]:
            before = server.cpu_seconds()
            rate, done, latency, deviation, lost = load(server, file, seconds, options)
            figures[server.name].append((rate, (server.cpu_seconds() - before) * 1e6 / done, latency, deviation, lost))
    base = None
    for server in servers:
        columns = list(zip(*figures[server.name]))
        rate, cpu, latency, deviation, _ = [statistics.median(column) for column in columns]
        base = base or (rate, cpu)
        print("| %s | %s | %s [%s-%s] | %.2f | %.2f | %.2f | %.0f | %.0f | %d |" % (
            title, server.name, f"{rate:,.0f}", f"{min(columns[0]):,.0f}", f"{max(columns[0]):,.0f}", rate / base[0], cpu,
            cpu / base[1], latency, deviation, sum(columns[4])), flush=True)


def agreement(servers, file):
    """How many of 500 questions each server answers as the first does."""
    with open(file, "rb") as queries:
        data = queries.read(200_000)
    messages, at = [], 0
    while len(messages) < 500:
        length, = struct.unpack(">H", data[at:at + 2])
        messages.append(data[at + 2:at + 2 + length])
        at += 2 + length
    asked = [[dns_peers.answers(dns_peers.ask(server.port, message))[-1][1] for message in messages] for server in servers]
    for server, got in zip(servers, asked):
        print("%s answers %d of 500 as %s does" % (server.name, sum(a == b for a, b in zip(got, asked[0])), servers[0].name), flush=True)


def watch(server, ended, counts):
    """Asks for the alias all the time: TTL and addresses of an answer must be of one revision."""
    message = dns_data.query(random.Random(1), "swap.ext.test", bytes([8, 8, 8]))
    while not ended.is_set():
        found = dns_peers.answers(dns_peers.ask(server.port, message, 10))
        numbers = {found[0][0]} | {int(address.split(".")[1]) for _, address in found[1:]}
        counts["asked"] += 1
        counts["mixed"] += len(numbers) != 1 or len(found) != 5
        counts["seen"].add(min(numbers))


def swaps(server, file, seconds):
    ended, counts = threading.Event(), {"asked": 0, "mixed": 0, "seen": set()}
    watcher = threading.Thread(target=watch, args=(server, ended, counts))
    watcher.start()
    server.world.begin("churn 10 %d" % seconds)
    rate, done, latency, deviation, lost = load(server, file, seconds, ["-Q", "25000"])
    server.world.process.stdout.readline()
    ended.set()
    watcher.join()
    print("revisions under load, 10 a second for %d s: %d answers at %.0f/s, mean latency %.0f us (deviation %.0f), %d lost; "
          "watched beside it: %d answers of %d revisions, %d mixed" % (
              seconds, done, rate, latency, deviation, lost, counts["asked"], len(counts["seen"]), counts["mixed"]), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("work")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="", help="subnets, plain, fixed, many, swaps; by commas")
    parser.add_argument("--options", default="", help="more flags for the director's JVM")
    wanted = parser.parse_args()
    work = os.path.join(wanted.work, "dns")
    dns_data.make(work)
    file = lambda name: os.path.join(work, name)
    only = lambda case: not wanted.only or case in wanted.only.split(",")
    running = []

    def keep(server):
        running.append(server)
        return server

    try:
        if only("subnets") or only("plain") or only("fixed"):
            gdnsd = keep(dns_peers.gdnsd(work, 1_000))
            ours = [keep(dns_peers.director(wanted.root, work, 1_000, file("centres-regions.csv"), file("centres.csv"), engine, wanted.options))
                    for engine in ("auto", "channel")]
            servers = [gdnsd] + ours + [keep(dns_peers.knot(work, 1_000)), keep(dns_peers.pdns(work, 1_000))]
            agreement(servers, file("subnets-1000.bin"))
            for server in ours:  # by count: what is compiled late would count as cost of answers
                done = 0
                while done < 1_000_000:
                    done += load(server, file("subnets-1000.bin"), 2, [])[1]
            servers.append(keep(dns_peers.echo(work)))
            print("| case | server | answers/s [min-max] | ratio | CPU us/answer | ratio | mean latency us | deviation | lost |")
            print("|---|---|---|---|---|---|---|---|---|")
            if only("subnets"):
                compare("client subnets", servers, file("subnets-1000.bin"), wanted.rounds, wanted.seconds, [])
            if only("plain"):
                compare("no client subnet", servers, file("plain-1000.bin"), wanted.rounds, wanted.seconds, [])
            if only("fixed"):
                compare("30,000/s, client subnets", servers, file("subnets-1000.bin"), wanted.rounds, wanted.seconds, ["-Q", "30000"])
            print("memory, MB PSS: " + ", ".join("%s %.0f" % (server.name, server.pss_mb()) for server in servers), flush=True)
            while running:
                stop(running.pop())
        if only("many") or only("swaps"):
            began = time.monotonic()
            many = keep(dns_peers.director(wanted.root, work, 10_000, file("many-regions.csv"), file("many.csv"), "auto", wanted.options))
            print("10,000 names x 54 regions: ready after %.1f s" % (time.monotonic() - began), flush=True)
            done = 0
            while done < 500_000:
                done += load(many, file("subnets-10000.bin"), 2, [])[1]
            if only("many"):
                compare("10,000 names x 54 regions", [many], file("subnets-10000.bin"), wanted.rounds, wanted.seconds, [])
                print("memory, MB PSS: %.0f" % many.pss_mb(), flush=True)
            if only("swaps"):
                swaps(many, file("subnets-10000.bin"), 10)
                print("10,000 names x 54 regions, " + many.world.say("health 10000"), flush=True)
    finally:
        for server in running:
            stop(server)


def stop(server):
    server.close()
    if hasattr(server, "world"):
        server.world.close()


main()
