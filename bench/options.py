"""The command line: a short run by default, all of the matrix with `--full`."""

import argparse
import os
from pathlib import Path
from typing import Any

from cache_ways import TIERS
from servers import NAMES
from workloads import MIB, size

METHODS = ("HEAD", "GET", "PUT")
PARTS = ("with", "without", "only")
# Of the processors.
HALF = max((os.cpu_count() or 1) // 2, 1)
QUICK: dict[str, Any] = {
    "connections": [16],
    "methods": ["GET", "PUT"],
    "only": [name for name in NAMES if name != "nginx-tuned"],
    "seconds": 3,
    "rounds": 3,
    "stream_seconds": 10,
    "stream_tls": [False],
}
FULL: dict[str, Any] = {
    "connections": [1, 16, 64],
    "methods": list(METHODS),
    "only": list(NAMES),
    "seconds": 4,
    "rounds": 3,
    "stream_seconds": 40,
    "stream_tls": [False, True],
}


def arguments(description: str) -> argparse.Namespace:
    """What was asked for; what was not comes from the chosen length."""
    args = _parser(description).parse_args()
    for name, value in (FULL if args.full else QUICK).items():
        if getattr(args, name, None) is None:
            setattr(args, name, value)
    args.only = [name for name in NAMES if name in args.only]
    if args.only == ["direct"]:
        # The origin speaks no TLS.
        args.tls = args.stream_tls = [False]
    return args


def wanted(args: argparse.Namespace) -> list[str]:
    """The parts that are measured, of store, management, cache, objects, lance, zip and zip-big."""
    parts = {"store": "with", "management": args.management, "cache": args.cache}
    parts |= {"objects": args.objects, "lance": args.lance}
    parts |= {"zip": args.zip, "zip-big": args.zip_big}
    alone = [name for name, value in parts.items() if value == "only"]
    return alone or [name for name, value in parts.items() if value == "with"]


def _parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, epilog="Lists are written with commas: --connections 1,16,64"
    )
    add = parser.add_argument
    add("--binaries", type=Path, required=True, help="folder of a cargo profile")
    add("--output", type=Path, required=True, help="where the JSON goes")
    add("--envoy", type=Path, help="Envoy's program; without it Envoy does not take part")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="the default: 16 connections only")
    length.add_argument("--full", action="store_true", help="every contender, all of the matrix")
    add("--only", type=_names(NAMES), help=f"contenders, of {', '.join(NAMES)}")
    add("--methods", type=_names(METHODS), help="of HEAD, GET, PUT")
    add("--sizes", type=_list(size), default=[1024, 64 * MIB], help="default: 1KiB,64MiB")
    add("--management", choices=PARTS, default="with", help="HCP's management, too or alone")
    add("--management-connections", type=_list(int), default=[1, 16], help="default: 1,16")
    add("--cache", choices=PARTS, default="with", help="kept answers, too or alone")
    add("--cache-connections", type=_list(int), default=[1, 16], help="default: 1,16")
    add("--cache-tiers", type=_names(TIERS), default=list(TIERS), help="default: memory,redis")
    add("--objects", choices=PARTS, default="with", help="objects as REST, too or alone")
    add("--objects-connections", type=_list(int), default=[1, 16], help="default: 1,16")
    add("--lance", choices=PARTS, default="with", help="search in tables of Lance, too or alone")
    add("--lance-connections", type=_list(int), default=[1, 4], help="default: 1,4")
    add("--lance-count", type=int, default=100_000, help="vectors; default: 100000")
    add("--lance-length", type=int, default=384, help="numbers of a vector; default: 384")
    add("--lance-data-cache", default="256MiB", help="lance.data_cache; default: 256MiB")
    add("--lance-seconds", type=int, default=15, help="length of one measurement; default: 15")
    add("--lance-searches", type=int, default=100, help="at least, in each; default: 100")
    add("--lance-threads", type=int, default=HALF, help="that search, and that compute; default: half")
    add("--zip", choices=PARTS, default="with", help="archives, too or alone")
    add("--zip-objects", type=int, default=1000, help="default: 1000")
    add("--zip-size", type=size, default=MIB, help="default: 1MiB")
    add("--zip-big", choices=PARTS, default="without", help="large archives, too or alone")
    # With the folders that a hundred each have, and the huge one, nearly the 50 000 that there may be.
    add("--zip-big-objects", type=int, default=49_500, help="default: 49500")
    add("--zip-big-size", type=size, default=16 * 1024, help="of all but one; default: 16KiB")
    add("--zip-big-huge", type=size, default=5 * 1024 * MIB, help="of that one; default: 5120MiB")
    add("--rclone", type=Path, help="rclone's program, where it is not in the PATH")
    add("--connections", type=_list(int), help="default: 16; 1,16,64 with --full")
    add("--tls", type=_list(_switch), default=[False, True], help="default: off,on")
    add("--streams", type=int, default=200, help="large objects at once; 0: none")
    add("--stream-size", type=size, default=64 * MIB, help="the least size of such an object")
    add("--stream-tls", type=_list(_switch), help="default: off; off,on with --full")
    add("--stream-seconds", type=int, help="default: 10; 40 with --full")
    add("--seconds", type=int, help="length of one measurement; default: 3, 4 with --full")
    add("--rounds", type=int, help="measurements of each contender; default: 3")
    add("--threads", type=int, default=1, help="threads of each proxy")
    add("--origin-threads", type=int, default=1)
    return parser


def _list(of: Any) -> Any:
    def several(text: str) -> list[Any]:
        return [of(part) for part in text.split(",") if part]

    return several


def _names(known: tuple[str, ...]) -> Any:
    def name(text: str) -> str:
        if text not in known:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(known)}")
        return text

    return _list(name)


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off")
    return text == "on"
