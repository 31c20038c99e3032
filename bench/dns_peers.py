"""The name servers of a comparison, with the same zone and location database; started, and ended by their process ids."""
import os
import shutil
import socket
import struct
import subprocess
import time

import dns_data
import peers

GDNSD = """options => { listen => [ 127.0.0.1 ], dns_port => %(port)d, udp_threads => 2, edns_client_subnet => true, run_dir => %(dir)s/run,
 state_dir => %(dir)s/state, zones_rfc1035_auto => false, username => %(user)s }
plugins => { geoip => { maps => { m => { geoip2_db => %(work)s/geo.mmdb, datacenters => [us, eu, as, sa],
 map => { default => [us, eu, as, sa], NA => [us, eu, as, sa], SA => [sa, us, eu, as], EU => [eu, us, as, sa],
 AF => [eu, us, as, sa], AS => [as, us, eu, sa], OC => [as, us, eu, sa] } } },
 resources => { prod => { map => m, dcmap => { us => 192.0.2.1, eu => 192.0.2.2, as => 192.0.2.3, sa => 192.0.2.4 } } } } }
"""
KNOT = """server:
    rundir: %(dir)s
    listen: 127.0.0.1@%(port)d
    udp-workers: 2
    tcp-workers: 1
    edns-client-subnet: on
log:
  - target: stderr
    any: warning
database:
    storage: %(dir)s/db
mod-geoip:
  - id: g
    config-file: %(dir)s/geo.conf
    ttl: 30
    mode: geodb
    geodb-file: %(work)s/geo.mmdb
    geodb-key: [ continent/code ]
template:
  - id: default
    storage: %(dir)s
zone:
  - domain: ext.test
    file: ext.test.zone
    module: mod-geoip/g
"""
PDNS = """launch=geoip
geoip-zones-file=%(dir)s/geo.yaml
geoip-database-files=mmdb:%(work)s/geo.mmdb
edns-subnet-processing=yes
local-address=127.0.0.1
local-port=%(port)d
receiver-threads=2
reuseport=yes
distributor-threads=1
socket-dir=%(dir)s
cache-ttl=20
query-cache-ttl=20
negquery-cache-ttl=60
guardian=no
daemon=no
version-string=anonymous
loglevel=2
security-poll-suffix=
"""
START = "@ SOA ns1 host 1 7200 1800 259200 60\n@ NS ns1\nns1 A 192.0.2.53\n"


def folder(work, name, *below):
    path = os.path.join(work, name)
    shutil.rmtree(path, ignore_errors=True)
    for part in ("",) + below:
        os.makedirs(os.path.join(path, part), exist_ok=True)
    return path


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def address(continent):
    return dns_data.CENTRES[dns_data.SERVES[continent]][0]


def started(work, name, words, port):
    log = open(os.path.join(work, name + ".log"), "w")
    process = subprocess.Popen(words, stdout=log, stderr=log)
    await_dns(port, process)
    return peers.Server(name, process, port, 0)


def gdnsd(work, names):
    path, port = folder(work, "gdnsd", "zones", "run", "state"), peers.free_port()
    write(path + "/config", GDNSD % {"port": port, "dir": path, "work": work, "user": "root" if os.getuid() == 0 else os.environ["USER"]})
    write(path + "/zones/ext.test", START + "".join("e%d 30 DYNA geoip!prod\n" % i for i in range(names)))
    return started(work, "gdnsd", ["/usr/sbin/gdnsd", "-c", path, "start"], port)


def knot(work, names):
    path, port = folder(work, "knot", "db"), peers.free_port()
    write(path + "/knot.conf", KNOT % {"port": port, "dir": path, "work": work})
    answers = [("\"%s\"" % key, address(key)) for key in dns_data.SERVES] + [("\"*\"", "192.0.2.1")]
    write(path + "/geo.conf", "".join(
        "e%d.ext.test:\n" % i + "".join("  - geo: %s\n    A: %s\n" % answer for answer in answers) for i in range(names)))
    write(path + "/ext.test.zone", "$ORIGIN ext.test.\n$TTL 30\n" + START + "".join("e%d 30 A 192.0.2.1\n" % i for i in range(names)))
    return started(work, "knot", ["/usr/sbin/knotd", "-c", path + "/knot.conf"], port)


def pdns(work, names):
    path, port = folder(work, "pdns"), peers.free_port()
    write(path + "/pdns.conf", PDNS % {"port": port, "dir": path, "work": work})
    text = ("domains:\n- domain: ext.test\n  ttl: 30\n  records:\n    ext.test:\n"
            "      - soa: ns1.ext.test host.ext.test 1 7200 1800 259200 60\n      - ns: ns1.ext.test\n"
            "    ns1.ext.test:\n      - a: 192.0.2.53\n")
    for key, value in [(key.lower(), address(key)) for key in dns_data.SERVES] + [("unknown", "192.0.2.1")]:
        text += "    %s.svc.ext.test:\n      - a: %s\n" % (key, value)
    write(path + "/geo.yaml", text + "  services:\n" + "".join("    e%d.ext.test: '%%cn.svc.ext.test'\n" % i for i in range(names)))
    return started(work, "pdns", ["/usr/sbin/pdns_server", "--config-dir=" + path], port)


def echo(work):
    """The floor: a C program that gives every packet back. Its answers are none, so it is not asked what it says."""
    program, port = os.path.join(work, "echo"), peers.free_port()
    subprocess.run(["gcc", "-O2", "-pthread", "-o", program, os.path.join(os.path.dirname(os.path.abspath(__file__)), "echo.c")], check=True)
    process = subprocess.Popen([program, str(port)])
    time.sleep(0.3)
    return peers.Server("echo", process, port, 0)


class World:
    """What the director follows: a stand-in for the control plane."""

    def __init__(self, root, work):
        product = os.path.join(root, "dist", "target", "portolan", "lib", "*")
        tests = [os.path.join(root, module, "target", part)
                 for module, part in (("director", "test-classes"), ("testkit", "classes"))]
        self.process = subprocess.Popen(
            [peers.java(), "-Xmx2g", "-XX:TieredStopAtLevel=1", "-cp", ":".join(tests + [product]), "io.portolan.director.BenchDnsMain"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(os.path.join(work, "world.log"), "w"), text=True)
        words = self.process.stdout.readline().split()
        self.uri, self.token = words[1], words[3]

    say, begin, close = peers.World.say, peers.World.begin, peers.World.close


def director(root, work, names, regions, locations, engine="auto", options=""):
    """Our own, as `portolan serve director`, following a world with these names and regions."""
    world = World(root, work)
    path, port, http = folder(work, "portolan-%s-%d" % (engine, names)), peers.free_port(), peers.free_port()
    world.say("zone %d %s" % (names, regions))
    write(path + "/join-token", world.token)
    write(path + "/director.yaml", "node: director\nenvironment: prod\ncontrol: %s\njoin-token: file:%s/join-token\n"
          "data-folder: %s/data\ndns-listen: 127.0.0.1:%d\nhttp-listen: 127.0.0.1:%d\nlocations: %s\ndns-threads: 2\ndns-engine: %s\n"
          % (world.uri, path, path, port, http, locations, engine))
    environment = dict(os.environ, PORTOLAN_BUILD="never", PORTOLAN_JAVA_OPTS=options)
    process = subprocess.Popen([os.path.join(root, "portolan"), "serve", "director", "--config", path + "/director.yaml",
                                "--until-input-ends"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=open(os.path.join(work, "portolan-%s.log" % engine), "w"))
    peers.await_answer("http://127.0.0.1:%d/readyz" % http, 120, process)
    await_dns(port, process)
    name = "portolan" if engine == "auto" else "portolan (%s)" % engine
    server = peers.Server(name, process, port, http)
    server.world = world
    return server


def ask(port, message, timeout=5):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.sendto(message, ("127.0.0.1", port))
        return sock.recv(4096)


def await_dns(port, process):
    import random
    message = dns_data.query(random.Random(1), "e0.ext.test", None)
    end = time.monotonic() + 120
    while True:
        try:
            if ask(port, message, .5)[3] & 15 == 0:
                return
        except OSError:
            time.sleep(.1)
        if time.monotonic() > end or process.poll() is not None:
            raise SystemExit("no DNS answer on port %d" % port)


def answers(message):
    """(TTL, address) of the A records of an answer, aliases as (TTL, None)."""
    at, found = 12, []
    while message[at]:
        at += message[at] + 1
    at += 5
    for _ in range(struct.unpack(">H", message[6:8])[0]):
        at += 2
        kind, _, ttl, length = struct.unpack(">HHIH", message[at:at + 10])
        found.append((ttl, socket.inet_ntoa(message[at + 10:at + 14]) if kind == 1 else None))
        at += 10 + length
    return found
