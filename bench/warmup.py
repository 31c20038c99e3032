"""Starts nodes anew and loads them at 2,000 requests/s from the moment that they are ready."""
import os
import re
import statistics
import subprocess
import sys

import peers


def main(root, work, rounds):
    world = peers.World(root, work)
    figures = {"0s": [], "2s": []}
    try:
        for turn in range(rounds):
            for limit in sorted(figures, reverse=turn % 2 == 1):
                # Once to fill its disk, then again as after an upgrade.
                node = peers.node(root, work, world, name="warmup", settings="warm-up: " + limit)
                node.close()
                node = peers.node(root, work, world, name="warmup", settings="warm-up: " + limit, keep=True)
                before = node.cpu_seconds()
                text = subprocess.run([os.path.join(work, "openload"), str(node.port), "2000", "1", "16", "mix", "0"],
                                      capture_output=True, text=True).stdout
                cpu = (node.cpu_seconds() - before) * 1e6 / 2000
                found = re.search(r"p50 (\d+) p90 (\d+) p99 (\d+) p999 (\d+)", text)
                figures[limit].append((int(found.group(1)), int(found.group(3)), cpu))
                node.close()
        for limit, rows in figures.items():
            p50, p99, cpu = [statistics.median(column) for column in zip(*rows)]
            print("warm-up %s: first second at 2,000/s: p50 %.2f ms, p99 %.1f ms, CPU %.0f us a request" % (
                limit, p50 / 1000, p99 / 1000, cpu))
    finally:
        world.close()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
