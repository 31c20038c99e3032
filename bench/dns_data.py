"""Makes what all name servers of a comparison answer from: a location database (made up, as real ones have licences), the same as CSV
for ours and as mmdb for the others, zones of the same names, and files of binary queries."""
import os
import random
import struct

COUNTRIES = {"NA": "US CA MX PA", "SA": "BR AR CL CO", "EU": "DE FR GB SE", "AF": "ZA EG NG KE", "AS": "CN JP IN SG", "OC": "AU NZ FJ PG"}
# Continent to data centre, with a place for ours: the nearest region is then the same.
CENTRES = {"us": ("192.0.2.1", 39, -98), "eu": ("192.0.2.2", 50, 8), "as": ("192.0.2.3", 1.3, 103.8), "sa": ("192.0.2.4", -23.5, -46.6)}
SERVES = {"NA": "us", "SA": "sa", "EU": "eu", "AF": "eu", "AS": "as", "OC": "as"}
LENGTHS = [16] * 25 + [17] * 15 + [18] * 15 + [19] * 18 + [20] * 14 + [21] * 6 + [22] * 4 + [23] * 2 + [24]
FORBIDDEN = (0, 10, 100, 127, 169, 172, 192, 198, 203)


def networks():
    """Half a million blocks that cover what is given out of IPv4: (first address, length, country)."""
    chance = random.Random(4)
    countries = [(code, continent) for continent, codes in COUNTRIES.items() for code in codes.split()]
    country, found = countries[0], []
    for start in range(1 << 24, 224 << 24, 1 << 16):
        length = chance.choice(LENGTHS)
        for at in range(start, start + (1 << 16), 1 << 32 - length):
            if chance.random() < .55:
                country = chance.choice(countries)
            if at >> 24 not in FORBIDDEN:
                found.append((at, length, country))
    return found


def dotted(address):
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def csv(path, blocks, place):
    with open(path, "w") as file:
        file.write("prefix,latitude,longitude,label\n")
        for at, length, (code, continent) in blocks:
            file.write("%s/%d,%s,%s,%s\n" % (dotted(at), length, *place(at, code, continent), code))


def packed(value):
    """A value in the encoding of MaxMind's format: text, maps, lists, and (type, number)."""
    if isinstance(value, str):
        return bytes([2 << 5 | len(value)]) + value.encode()
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(packed(k) + packed(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(packed, value))
    kind, number = value
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return (bytes([kind << 5 | len(data)]) if kind < 8 else bytes([len(data), kind - 7])) + data


def mmdb(path, blocks):
    data, places = bytearray(), {}
    left, right = [0], [0]

    def node():
        left.append(0)
        right.append(0)
        return len(left) - 1

    root = 0
    for _ in range(96):  # IPv4 lies at ::/96
        left[root] = node()
        root = left[root]
    for at, length, (code, continent) in blocks:
        if code not in places:
            places[code] = len(data)
            data += packed({"continent": {"code": continent}, "country": {"iso_code": code}})
        here = root
        for bit in range(31, 31 - length, -1):
            side = right if at >> bit & 1 else left
            if bit == 32 - length:
                side[here] = -places[code] - 1
            else:
                side[here] = side[here] or node()
                here = side[here]
    count = len(left)
    with open(path, "wb") as file:
        for pair in zip(left, right):
            for value in pair:
                file.write((count if value == 0 else value if value > 0 else count + 15 - value).to_bytes(4, "big"))
        file.write(b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + packed({
            "node_count": (6, count), "record_size": (5, 32), "ip_version": (5, 6), "database_type": "GeoLite2-Country",
            "languages": ["en"], "binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0),
            "build_epoch": (9, 1750000000), "description": {"en": "made up"}}))


def query(chance, name, subnet):
    message = struct.pack(">HHHHHH", chance.randrange(65536), 0, 1, 0, 0, 1)
    message += b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    option = b"" if subnet is None else struct.pack(">HHHBB", 8, 7, 1, 24, 0) + subnet
    return message + b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(option)) + option


def queries(path, names, with_subnet):
    chance = random.Random(5)
    with open(path, "wb") as file:
        for _ in range(100_000):
            first = chance.randrange(1, 224)
            while first in FORBIDDEN:
                first = chance.randrange(1, 224)
            subnet = bytes([first, chance.randrange(256), chance.randrange(256)])
            message = query(chance, "e%d.ext.test" % chance.randrange(names), subnet if with_subnet else None)
            file.write(struct.pack(">H", len(message)) + message)


def regions_csv(path):
    """54 places around the world; the four centres of the comparison are not among them."""
    chance = random.Random(54)
    with open(path, "w") as file:
        for i in range(54):
            file.write("r%02d,%.2f,%.2f,198.51.100.%d\n" % (i, chance.uniform(-50, 65), chance.uniform(-180, 180), i + 1))
    with open(path) as file:
        return [line.strip().split(",") for line in file]


def make(work):
    """Everything, once; folder by folder as the servers want it."""
    if os.path.exists(os.path.join(work, "done")):
        return
    os.makedirs(work, exist_ok=True)
    blocks = networks()
    print("%d made-up networks" % len(blocks), flush=True)
    csv(os.path.join(work, "centres.csv"), blocks, lambda at, code, continent: CENTRES[SERVES[continent]][1:])
    with open(os.path.join(work, "centres-regions.csv"), "w") as file:
        for name, (address, latitude, longitude) in CENTRES.items():
            file.write("%s,%s,%s,%s\n" % (name, latitude, longitude, address))
    places = regions_csv(os.path.join(work, "many-regions.csv"))
    csv(os.path.join(work, "many.csv"), blocks,
        lambda at, code, continent: places[(at >> 20) * 2654435761 % 54][1:3])
    mmdb(os.path.join(work, "geo.mmdb"), blocks)
    for names in (1_000, 10_000):
        queries(os.path.join(work, "subnets-%d.bin" % names), names, True)
    queries(os.path.join(work, "plain-1000.bin"), 1_000, False)
    open(os.path.join(work, "done"), "w").close()
