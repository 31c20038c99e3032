"""The servers of a comparison: started, watched and ended by their process ids."""
import glob
import os
import shutil
import socket
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_answer(url, seconds, process):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.read()
        except OSError:
            if time.monotonic() > end or process.poll() is not None:
                raise SystemExit("no answer from %s" % url)
            time.sleep(.05)


class Server:
    """A process, with the ports that it listens on. CPU time is that of all its threads and children."""

    def __init__(self, name, process, port, tls):
        self.name, self.process, self.port, self.tls = name, process, port, tls

    def pids(self):
        children = []
        for file in glob.glob("/proc/%d/task/*/children" % self.process.pid):
            with open(file) as text:
                children += [int(pid) for pid in text.read().split()]
        return [self.process.pid] + children

    def cpu_seconds(self):
        ticks = 0
        for pid in self.pids():
            with open("/proc/%d/stat" % pid) as text:
                fields = text.read().rsplit(") ", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def pss_mb(self):
        total = 0
        for pid in self.pids():
            with open("/proc/%d/smaps_rollup" % pid) as text:
                total += sum(int(line.split()[1]) for line in text if line.startswith("Pss:"))
        return total / 1024

    def close(self):
        if self.process.stdin:
            self.process.stdin.close()
        else:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def configured(work, name, port, tls):
    with open(os.path.join(HERE, name)) as file:
        text = file.read()
    user = "root" if os.getuid() == 0 else os.environ.get("USER", "nobody")
    for key, value in (("ROOT", work), ("PORT", str(port)), ("TLS", str(tls)), ("USER", user)):
        text = text.replace("__%s__" % key, value)
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def nginx(work):
    port, tls = free_port(), free_port()
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", work, "-c", configured(work, "nginx.conf", port, tls),
                                "-g", "daemon off;" + (" user root;" if os.getuid() == 0 else "")])
    await_answer("http://127.0.0.1:%d/bench/Content/1.0.0/a/f1k.js" % port, 10, process)
    return Server("nginx", process, port, tls)


def h2o(work):
    port, tls = free_port(), free_port()
    log = open(os.path.join(work, "logs", "h2o.log"), "w")
    process = subprocess.Popen(["/usr/bin/h2o", "-c", configured(work, "h2o.conf", port, tls)], stdout=log, stderr=log)
    await_answer("http://127.0.0.1:%d/bench/Content/1.0.0/a/f1k.js" % port, 10, process)
    return Server("h2o", process, port, tls)


class World:
    """What the node follows: a stand-in for the control plane that publishes the site and revisions at will."""

    def __init__(self, root, work):
        product = os.path.join(root, "dist", "target", "portolan", "lib", "*")
        tests = [os.path.join(root, module, "target", folder)
                 for module, folder in (("region", "test-classes"), ("testkit", "classes"))]
        self.process = subprocess.Popen(
            [java(), "-Xmx2g", "-XX:TieredStopAtLevel=1", "-cp", ":".join(tests + [product]),
             "io.portolan.region.BenchWorldMain", os.path.join(work, "site", "bench", "Content", "1.0.0", "a")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(os.path.join(work, "logs", "world.log"), "w"),
            text=True)
        words = self.process.stdout.readline().split()
        self.uri, self.token = words[1], words[3]

    def say(self, words):
        self.begin(words)
        return self.process.stdout.readline().strip()

    def begin(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def java():
    """The JDK that the launcher would use."""
    for home in [os.environ.get("JAVA_HOME", "")] + sorted(glob.glob("/usr/lib/jvm/*25*")) + sorted(glob.glob("/opt/*25*")):
        if os.path.exists(os.path.join(home, "release")) and 'JAVA_VERSION="25' in open(os.path.join(home, "release")).read():
            return os.path.join(home, "bin", "java")
    return "java"


def node(root, work, world, name="portolan", settings="", options="", keep=False):
    """A region node, started by the launcher as `portolan serve region`."""
    port, tls = free_port(), free_port()
    folder = os.path.join(work, name)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "join-token"), "w") as file:
        file.write(world.token)
    config = os.path.join(folder, "region.yaml")
    with open(config, "w") as file:
        file.write("node: node-westus\nenvironment: prod\nregion: westus\ncontrol: %s\njoin-token: file:%s\n"
                   "data-folder: %s\nlisten: 127.0.0.1:%d\nhttps-port: %d\ncertificate: %s/cert.pem\n"
                   "certificate-key: %s/key.pem\nmax-requests-per-connection: 2000000000\n%s\n"
                   % (world.uri, os.path.join(folder, "join-token"), folder, port, tls, work, work, settings))
    environment = dict(os.environ, PORTOLAN_BUILD="never", PORTOLAN_JAVA_OPTS=options)
    process = subprocess.Popen([os.path.join(root, "portolan"), "serve", "region", "--config", config,
                                "--until-input-ends"], env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=open(os.path.join(work, "logs", name + ".log"), "w"))
    if not keep:
        await_answer("http://127.0.0.1:%d/bench/Content/1.0.0/a/f1k.js" % port, 60, process)
    await_answer("http://127.0.0.1:%d/readyz" % port, 60, process)
    return Server(name, process, port, tls)
