"""Calls through nginx, HAProxy and a region node to the same backend, in rotating order; then what users see when a replica dies."""
import argparse
import http.client
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

import compare
import peers

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = "/bench/api/"

# The backend: an nginx that answers from memory, so that what is measured is what stands before it.
BACKEND = """
worker_processes 1; pid {work}/backend.pid; error_log {work}/logs/backend.err warn; worker_rlimit_nofile 16384;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_timeout 120s; keepalive_requests 100000000; tcp_nodelay on; client_max_body_size 0;
  client_body_temp_path {work}/bb; proxy_temp_path {work}/bp; fastcgi_temp_path {work}/bf; uwsgi_temp_path {work}/bu; scgi_temp_path {work}/bs;
  server {{
    listen 127.0.0.1:{port} reuseport;
    location = /healthz {{ return 200 "ok"; }}
    location = /f1k {{ return 200 "{small}"; }}
    location = /f20k {{ root {work}; }}
    location = /f200k {{ root {work}; }}
  }}
}}
"""

# nginx and HAProxy as a good operator tunes them for this: connections to the backend kept, no buffering to disk, same headers set.
NGINX = """
worker_processes 2; pid {work}/gateway-nginx.pid; error_log {work}/logs/gateway-nginx.err warn; worker_rlimit_nofile 16384;
events {{ worker_connections 4096; multi_accept on; use epoll; }}
http {{
  access_log off; keepalive_timeout 120s; keepalive_requests 100000000; tcp_nodelay on; client_max_body_size 0;
  client_body_temp_path {work}/gb; proxy_temp_path {work}/gp; fastcgi_temp_path {work}/gf; uwsgi_temp_path {work}/gu; scgi_temp_path {work}/gs;
  upstream replicas {{ {servers} keepalive 256; keepalive_requests 100000000; keepalive_timeout 60s; }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    location /bench/{mount}/ {{
      proxy_pass http://replicas/; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffers 16 16k;
      proxy_connect_timeout 2s; proxy_read_timeout 60s;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Prefix /bench/{mount};
    }}
  }}
}}
"""

HAPROXY = """
global
  maxconn 4096
  nbthread 2
defaults
  mode http
  timeout connect 2s
  timeout server 60s
  timeout client 60s
  timeout http-keep-alive 120s
  http-reuse always
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
frontend clients
  bind 127.0.0.1:{port}
  option forwardfor
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Prefix /bench/{mount}
  http-request replace-path /bench/{mount}(/.*) \\1
  default_backend replicas
backend replicas
  balance leastconn
  default-server pool-max-conn 256
{servers}
"""


def written(work, name, text):
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def user():
    return " user root;" if os.getuid() == 0 else ""


def nginx(work, name, template, probe, **values):
    port = peers.free_port()
    config = written(work, name + ".conf", template.format(work=work, port=port, **values))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", work, "-c", config, "-g", "daemon off;" + user()])
    peers.await_answer("http://127.0.0.1:%d%s" % (port, probe), 10, process)
    return peers.Server("nginx", process, port, 0)


def haproxy(work, name, mount, probe, backends):
    port = peers.free_port()
    check = " check inter 2s fall 3" if len(backends) > 1 else ""
    servers = "\n".join("  server s%d 127.0.0.1:%d%s" % (i, backend, check) for i, backend in enumerate(backends))
    config = written(work, name + ".cfg", HAPROXY.format(port=port, mount=mount, servers=servers))
    process = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-q", "-f", config])
    peers.await_answer("http://127.0.0.1:%d%s" % (port, probe), 10, process)
    return peers.Server("haproxy", process, port, 0)


class World(peers.World):
    """What the node follows: an extension whose controllers are the backends."""

    def __init__(self, root, work, backend, files):
        product = os.path.join(root, "dist", "target", "portolan", "lib", "*")
        tests = [os.path.join(root, module, "target", folder)
                 for module, folder in (("region", "test-classes"), ("testkit", "classes"))]
        self.process = subprocess.Popen(
            [peers.java(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", ":".join(tests + [product]),
             "io.portolan.region.BenchGatewayMain", "http://127.0.0.1:%d" % backend, files],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(os.path.join(work, "logs", "gateway-world.log"), "w"),
            text=True)
        words = self.process.stdout.readline().split()
        self.uri, self.token = words[1], words[3]


def node(root, work, world, options):
    shutil.rmtree(os.path.join(work, "gateway"), ignore_errors=True)
    settings = "controllers-allow: [\"*\"]\n"
    server = peers.node(root, work, world, name="gateway", settings=settings, options=options, keep=True)
    peers.await_answer("http://127.0.0.1:%d%sf1k" % (server.port, PATH), 30, server.process)
    return server


class Load(threading.Thread):
    """A share of an open loop: calls at their time, each on a kept connection; when each was due, how long it took, whether it was answered."""

    def __init__(self, port, path, begin, every, count):
        super().__init__()
        self.port, self.path, self.begin, self.every, self.count = port, path, begin, every, count
        self.results = []

    def run(self):
        connection = None
        for i in range(self.count):
            due = self.begin + i * self.every
            time.sleep(max(0, due - time.monotonic()))
            good = False
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
                good = answer.status == 200
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
            self.results.append((due, time.monotonic() - due, good))


def replica_dies(name, port, path, victim, rate=200, seconds=8, dies=3):
    """Kills a replica under a steady load of GETs; calls failed, longest call, seconds from the death until all is as before."""
    threads = 32
    begin = time.monotonic() + .2
    loads = [Load(port, path, begin + i / rate, threads / rate, int(rate * seconds / threads)) for i in range(threads)]
    for load in loads:
        load.start()
    time.sleep(max(0, begin + dies - time.monotonic()))
    death = time.monotonic()
    victim()
    for load in loads:
        load.join()
    all_ = sorted(result for load in loads for result in load.results)
    usual = statistics.quantiles([took for due, took, good in all_ if due < death - .5], n=100)[98]
    after = [(due, took, good) for due, took, good in all_ if due + took > death]
    failed = sum(not good for _, _, good in after)
    late = [due + took - death for due, took, good in after if not good or took > max(.25, 3 * usual)]
    print("| %s | %d | %d | %.0f | %.2f |" % (
        name, len(all_), failed, max(took for _, took, _ in after) * 1000, max(late) if late else 0), flush=True)


def replica(work, port):
    environment = dict(os.environ, PORT=str(port))
    process = subprocess.Popen(["python3", os.path.join(HERE, "replica.py")], env=environment)
    peers.await_answer("http://127.0.0.1:%d/healthz" % port, 10, process)
    return process


def replicas_of(server):
    """Processes below a node that are replicas."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid) as text:
                words = text.read()
            with open("/proc/%s/stat" % pid) as text:
                parent = int(text.read().rsplit(") ", 1)[1].split()[1])
        except OSError:
            continue
        if "replica.py" in words and parent == server.process.pid:
            found.append(int(pid))
    return found


def deaths(work, ours):
    print("\n| replica killed (SIGKILL) under 200 GET/s, two replicas | calls | failed | longest call, ms | seconds until as before |")
    print("|---|---|---|---|---|")
    for name in ("nginx", "haproxy"):
        ports = [peers.free_port(), peers.free_port()]
        backends = [replica(work, port) for port in ports]
        if name == "nginx":
            server = nginx(work, "deaths-nginx", NGINX, "/bench/pair/", mount="pair",
                           servers=" ".join("server 127.0.0.1:%d;" % port for port in ports))
        else:
            server = haproxy(work, "deaths-haproxy", "pair", "/bench/pair/", ports)
        replica_dies(name, server.port, "/bench/pair/", backends[0].kill)
        server.close()
        for backend in backends:
            backend.kill()
            backend.wait()
    peers.await_answer("http://127.0.0.1:%d/bench/api/pair/" % ours.port, 60, ours.process)
    end = time.monotonic() + 60
    while len(replicas_of(ours)) < 2 and time.monotonic() < end:
        time.sleep(.2)
    running = replicas_of(ours)
    if len(running) < 2:
        sys.exit("the node runs %s replicas" % running)
    replica_dies("portolan", ours.port, "/bench/api/pair/", lambda: os.kill(running[0], signal.SIGKILL))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("work")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--options", default="", help="more flags for the node's JVM")
    wanted = parser.parse_args()
    work = wanted.work
    for name, length in (("f20k", 20 << 10), ("f200k", 200 << 10)):
        written(work, name, "x" * length)
    running = []
    try:
        backend = nginx(work, "backend", BACKEND, "/healthz", small="x" * 1024)
        running.append(backend)
        proxy = nginx(work, "gateway-nginx", NGINX, PATH + "f1k", mount="api", servers="server 127.0.0.1:%d;" % backend.port)
        running.append(proxy)
        other = haproxy(work, "gateway-haproxy", "api", PATH + "f1k", [backend.port])
        running.append(other)
        world = World(wanted.root, work, backend.port, os.path.join(HERE, "replica.py"))
        running.append(world)
        ours = node(wanted.root, work, world, wanted.options)
        running.append(ours)
        ours.name = "portolan"
        # By count, not by time, as in compare.py: what a busy machine compiles late would count as cost of calls.
        for connections, file, enough in ((64, "f1k", 400_000), (256, "f1k", 300_000), (64, "f20k", 150_000), (64, "f200k", 20_000)):
            done = 0
            while done < enough:
                done += compare.wrk(connections, PATH + file, 2)(ours)[1]
        seconds = wanted.seconds
        servers = [proxy, other, ours]
        cases = {
            "1k-64": ("1 KB, 64 connections", compare.wrk(64, PATH + "f1k", seconds)),
            "1k-256": ("1 KB, 256", compare.wrk(256, PATH + "f1k", seconds)),
            "20k-64": ("20 KB, 64", compare.wrk(64, PATH + "f20k", seconds)),
            "200k-64": ("200 KB, 64", compare.wrk(64, PATH + "f200k", seconds)),
            "fixed": ("5,000/s open loop, 1 KB, 64", fixed(work, 5000, seconds)),
        }
        chosen = [key for key in wanted.only.split(",") if key]
        print("| case | server | requests/s [min-max] | ratio | CPU us/request | ratio | p50 ms | p99 ms |")
        print("|---|---|---|---|---|---|---|---|")
        for key, (title, load) in cases.items():
            if not chosen or key in chosen:
                compare.compare(title, servers, load, wanted.rounds)
        if not chosen or "death" in chosen:
            deaths(work, ours)
    finally:
        for server in reversed(running):
            server.close()


def fixed(work, rate, seconds):
    """Open loop at a constant rate: latency counts from when a call was due."""
    def load(server):
        text = compare.run([os.path.join(work, "openload"), str(server.port), str(rate), str(seconds), "64", PATH + "f1k", "1"])
        words = text.split()
        if "achieved" not in words or int(words[words.index("err") + 1]) > 0:
            sys.exit("%s: %s" % (server.name, text))
        value = lambda name: float(words[words.index(name) + 1])
        return value("achieved"), int(value("achieved") * (seconds + 1)), value("p50") / 1000, value("p99") / 1000
    return load


if __name__ == "__main__":
    main()
