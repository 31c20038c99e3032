"""Writes the files that every server of a comparison serves: site/<path of a version's content>/a/*.js with .br and .gz."""
import gzip
import hashlib
import math
import os
import random
import subprocess
import sys

WORDS = ("function return const import export extension blade portal render state useEffect async await Promise module "
         "default => { } ( ) ; === null undefined props children className onClick resource subscription region tenant "
         "deploy stage version i18n locale").split() + [";\n"]


def text(size):
    words, length = [], 0
    while length < size:
        if random.random() < .8:
            word = random.choice(WORDS)
        else:
            word = hashlib.md5(str(random.random()).encode()).hexdigest()[:random.randint(3, 12)]
        words.append(word)
        length += len(word) + 1
    return " ".join(words).encode()[:size]


def main(root):
    folder = os.path.join(root, "site", "bench", "Content", "1.0.0", "a")
    if os.path.exists(os.path.join(folder, "complete")):
        return
    os.makedirs(folder, exist_ok=True)
    random.seed(7)
    files = []

    def put(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        with open(path + ".gz", "wb") as file:
            file.write(gzip.compress(data, 9, mtime=0))
        files.append(path)

    for name, size in (("1k", 1 << 10), ("20k", 20 << 10), ("200k", 200 << 10), ("2m", 2 << 20)):
        put("f%s.js" % name, text(size))
    for i in range(1000):
        put("s%d.js" % i, text(int(math.exp(random.uniform(math.log(512), math.log(16384))))))
    for at in range(0, len(files), 100):
        subprocess.run(["brotli", "-q", "9", "-f", "-k"] + files[at:at + 100], check=True)
    open(os.path.join(folder, "complete"), "w").close()


main(sys.argv[1])
