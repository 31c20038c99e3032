"""Publishes revisions to one node and watches it through its own metrics."""
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request

import peers


def metric(node, name):
    with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % node.port) as answer:
        return float(re.search(r"(?m)^portolan_node_%s (\S+)$" % name, answer.read().decode()).group(1))


def applied(world, node, words):
    """Milliseconds from when the revision is there to fetch until the node uses it."""
    number = int(world.say(words).split()[2])
    began = time.monotonic()
    while metric(node, "revision_number") < number:
        time.sleep(.001)
    return (time.monotonic() - began) * 1000


def main(root, work, extensions):
    world = peers.World(root, work)
    node = peers.node(root, work, world, name="revisions")
    try:
        one = statistics.median(applied(world, node, "revision") for _ in range(15))
        print("apply a revision of 2 extensions: %.0f ms (median of 15)" % one, flush=True)
        base = node.pss_mb()
        began = time.monotonic()
        first = applied(world, node, "extensions %d" % extensions)
        while metric(node, "versions_lacking") > 0:
            time.sleep(.2)
        print("first revision with %d more: %.0f ms; all %d versions held after %.0f s" % (
            extensions, first, 3 * extensions, time.monotonic() - began), flush=True)
        many = statistics.median(applied(world, node, "revision") for _ in range(15))
        print("apply a revision of %d extensions, one changed: %.0f ms (median of 15)" % (extensions + 2, many))
        print("memory: %.0f MB PSS with 2 extensions, %.0f MB with %d x 3 versions" % (
            base, node.pss_mb(), extensions), flush=True)
        before = metric(node, "revision_number")
        world.begin("churn 10 20")
        load = subprocess.run(["wrk", "-t1", "-c64", "-d20s", "--latency", "-s", os.path.join(peers.HERE, "mix.lua"),
                               "http://127.0.0.1:%d" % node.port], capture_output=True, text=True).stdout
        world.process.stdout.readline()
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", load)
        broken = re.search(r"Socket errors: (.*)", load)
        print("under load, %d revisions in 20 s: %s requests, %s failed, socket errors: %s" % (
            metric(node, "revision_number") - before, re.search(r"(\d+) requests in", load).group(1),
            failed.group(1) if failed else "0", broken.group(1) if broken else "none"))
    finally:
        node.close()
        world.close()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
